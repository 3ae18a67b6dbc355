/** One file into one S3 object, in parts of 8 MiB, 4 in flight, to a server that throws them away. */
import { trips } from '../data/dataset.ts';
import type { Dataset } from '../data/dataset.ts';
import type { BenchCase, Contender, Scale } from '../harness/case.ts';
import { nodeCommand, shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';
import { expectBytes } from './expect.ts';
import { drainingStore, fromAfar } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';

const MIB = 1024 * 1024;
const ROWS: Readonly<Record<Scale, number>> = { full: 8_000_000, short: 4_000_000 };
const PARTS = { partSize: 8 * MIB, concurrency: 4 };
const FAR = { bytesPerSecond: 50e6, latencyMs: 30 };
const CONNECTIONS = 8;

export const s3Put: BenchCase = {
  name: 's3-put',
  paths: [
    {
      name: 'loopback',
      title: 'One file into S3, over loopback, 8 MiB parts, 4 in flight',
      rounds: { full: 7, short: 3 },
      tools: ['curl', 'aws', 'rclone'],
      packages: ['opendal'],
      open: async (stack, scale) => {
        const data = await trips(ROWS[scale]);
        const store = await drainingStore(stack);
        const target = shellWord(`${store.url}/curl`);
        const contenders = [
          ...uploads(store, data, PARTS),
          program(store, 'curl (one PUT)', 'limit', data, 'curl', (file) => {
            return `${toolPath('curl')} -sSf -H Expect: -T ${shellWord(file)} ${target}`;
          }),
        ];
        return { ...data, contenders };
      },
    },
    {
      name: 'limited',
      title: 'One file into S3 over 8 connections of 50 MB/s and 30 ms',
      rounds: { full: 5, short: 3 },
      tools: ['aws', 'rclone'],
      packages: ['opendal'],
      open: async (stack, scale) => {
        const data = await trips(ROWS[scale]);
        const store = await fromAfar(stack, await drainingStore(stack), FAR);
        const limitMBps = (CONNECTIONS * FAR.bytesPerSecond) / 1e6;
        return { ...data, limitMBps, contenders: uploads(store, data, { ...PARTS, concurrency: CONNECTIONS }) };
      },
    },
  ],
};

function uploads(store: ObjectStore, data: Dataset, parts: typeof PARTS): Contender[] {
  const { config, client, minio, opendal } = store;
  const node = (name: string, role: Contender['role'], script: string, options: object): Contender => ({
    name,
    role,
    command: nodeCommand(script, { file: data.csv, key: script, ...parts, ...options }),
    idle: nodeCommand(script, { file: data.emptyCsv, key: script, ...parts, ...options }),
    verify: expectBytes(data.bytes),
  });
  const flags = `--s3-chunk-size ${parts.partSize / MIB}M --s3-upload-concurrency ${parts.concurrency} --s3-no-check-bucket --ignore-times`;
  return [
    node('ours', 'ours', 'sluice-put', { bucket: 'bench', config, readBytes: MIB }),
    node('ours (64 KiB reads)', 'ours', 'sluice-put', { bucket: 'bench', config }),
    node('lib-storage', 'peer', 'lib-storage-put', { client, readBytes: MIB }),
    node('lib-storage (64 KiB reads)', 'peer', 'lib-storage-put', { client }),
    node('minio-js', 'peer', 'minio-put', { client: minio, readBytes: MIB }),
    node('OpenDAL', 'peer', 'opendal-put', { store: opendal, readBytes: MIB }),
    program(store, 'aws cli', 'peer', data, 'aws', (file) => store.awsCopy(file, 's3://bench/aws', parts.concurrency)),
    program(store, 'rclone', 'peer', data, 'rclone', (file) =>
      store.rclone(`copyto ${flags} ${shellWord(file)} bench:bench/rclone`),
    ),
  ];
}

/** A program that prints nothing: the server is asked what arrived under `key`. */
function program(
  { url }: ObjectStore,
  name: string,
  role: Contender['role'],
  { csv, emptyCsv, bytes }: Dataset,
  key: string,
  command: (file: string) => string,
): Contender {
  return {
    name,
    role,
    command: command(csv),
    idle: command(emptyCsv),
    prepare: async () => {
      await fetch(`${url}/${key}`, { method: 'DELETE' });
    },
    verify: async () => {
      const { status, headers } = await fetch(`${url}/${key}`, { method: 'HEAD' });
      const found = headers.get('content-length');
      if (Number(found) !== bytes)
        throw new Error(`${name}: HTTP ${status}, ${String(found)} bytes instead of ${bytes}`);
    },
  };
}
