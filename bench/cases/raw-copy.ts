/** A CSV file into one table over one connection. One backend parses about 60 MB/s: no client can be faster than that. */
import { trips } from '../data/dataset.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { drainingTarget, psqlCopy, realTarget, serverCopy } from './load-target.ts';
import type { LoadTarget } from './load-target.ts';

const MIB = 1024 * 1024;

export const rawCopy: BenchCase = {
  name: 'raw-copy',
  paths: [
    {
      name: 'real',
      title: 'CSV file into PostgreSQL, one connection',
      rounds: { full: 7, short: 3 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 2_000_000 : 1_000_000);
        const target = await realTarget(stack);
        const limit: Contender = {
          name: 'server COPY FROM file',
          role: 'limit',
          command: serverCopy(target.dsn, data.csv),
          idle: serverCopy(target.dsn, data.emptyCsv),
          prepare: () => target.prepare(),
          verify: (output) => target.verify(data.rows, output),
        };
        return { ...data, contenders: [...clients(target, data), limit] };
      },
    },
    {
      name: 'draining',
      title: 'CSV file into a server that throws it away: the client alone',
      rounds: { full: 9, short: 5 },
      tools: ['psql'],
      open: async (stack, scale) => {
        const data = await trips(scale === 'full' ? 8_000_000 : 4_000_000);
        return { ...data, contenders: clients(await drainingTarget(stack), data) };
      },
    },
  ],
};

function clients(target: LoadTarget, data: { csv: string; emptyCsv: string; rows: number }): Contender[] {
  const { dsn } = target;
  const contender = (name: string, role: Contender['role'], command: (file: string) => string): Contender => ({
    name,
    role,
    command: command(data.csv),
    idle: command(data.emptyCsv),
    prepare: () => target.prepare(),
    verify: (output) => target.verify(data.rows, output),
  });
  const node = (script: string, readBytes?: number) => (file: string) => nodeCommand(script, { dsn, file, readBytes });
  return [
    contender('ours', 'ours', node('sluice-load', MIB)),
    contender('ours (64 KiB reads)', 'ours', node('sluice-load')),
    contender('psql', 'peer', (file) => psqlCopy(dsn, file)),
    contender('pg-copy-streams', 'peer', node('pg-copy-streams-load', MIB)),
  ];
}
