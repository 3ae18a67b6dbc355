/** A gzipped CSV into one table: from a file into a real server, and out of S3 into one that throws it away. */
import { gzippedTrips } from '../data/dataset.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand, shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';
import { drainingTarget, psqlCopy, realTarget } from './load-target.ts';
import type { LoadTarget } from './load-target.ts';
import { staticStore } from './object-store.ts';

const MIB = 1024 * 1024;

export const gzCopy: BenchCase = {
  name: 'gz-copy',
  paths: [
    {
      name: 'real',
      title: '.csv.gz file into PostgreSQL, one connection',
      rounds: { full: 7, short: 3 },
      tools: ['psql', 'gzip', 'igzip'],
      open: async (stack, scale) => {
        const data = await gzippedTrips(scale === 'full' ? 2_000_000 : 1_000_000);
        const target = await realTarget(stack);
        const { dsn } = target;
        const contender = loading(target, data.rows, [data.gz, data.emptyGz]);
        const shell = (unzip: 'gzip' | 'igzip') => (file: string) => {
          // `gunzip` itself is a script that starts this.
          return `${toolPath(unzip)} -dc ${shellWord(file)} | ${psqlCopy(dsn)}`;
        };
        const node = (script: string, readBytes?: number) => (file: string) =>
          nodeCommand(script, { dsn, file, readBytes });
        const contenders = [
          contender('ours', 'ours', node('sluice-load', MIB)),
          contender('gunzip | psql', 'peer', shell('gzip')),
          contender('igzip | psql', 'peer', shell('igzip')),
          contender('pg-copy-streams + createGunzip', 'peer', node('pg-copy-streams-load')),
        ];
        return { ...data, contenders };
      },
    },
    {
      name: 'draining',
      title: '.csv.gz from S3 into a server that throws it away: the client alone',
      rounds: { full: 7, short: 5 },
      tools: ['psql', 'curl', 'gzip', 'igzip'],
      open: async (stack, scale) => {
        const data = await gzippedTrips(scale === 'full' ? 4_000_000 : 2_000_000);
        const store = await staticStore(stack, '--directory', data.directory);
        const target = await drainingTarget(stack);
        const { dsn } = target;
        const contender = loading(target, data.rows, ['trips.csv.gz', 'empty.csv.gz']);
        const shell = (unzip: 'gzip' | 'igzip') => (key: string) => {
          const get = `${toolPath('curl')} -sSf ${shellWord(`${store.url}/${key}`)}`;
          return `${get} | ${toolPath(unzip)} -dc | ${psqlCopy(dsn)}`;
        };
        const ours = (key: string): string => {
          return nodeCommand('sluice-s3-load', { dsn, url: `s3://bench/${key}`, config: store.config });
        };
        const contenders = [
          contender('ours', 'ours', ours),
          contender('curl | gunzip | psql', 'peer', shell('gzip')),
          contender('curl | igzip | psql', 'peer', shell('igzip')),
        ];
        return { ...data, contenders };
      },
    },
  ],
};

function loading(target: LoadTarget, rows: number, [full, empty]: readonly [string, string]) {
  return (name: string, role: Contender['role'], command: (input: string) => string): Contender => ({
    name,
    role,
    command: command(full),
    idle: command(empty),
    prepare: () => target.prepare(),
    verify: (output) => target.verify(rows, output),
  });
}
