/** One object from S3 to nowhere: over loopback, and from afar, where only parallel ranges fill the wire. */
import type { BenchCase, Contender, Scale } from '../harness/case.ts';
import { nodeCommand, shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';
import { expectBytes } from './expect.ts';
import { fromAfar, staticStore } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';

const MIB = 1024 * 1024;
const BYTES: Readonly<Record<Scale, number>> = { full: 942e6, short: 471e6 };
const FAR = { bytesPerSecond: 50e6, latencyMs: 30 };
const CONNECTIONS = 8;

export const s3Get: BenchCase = {
  name: 's3-get',
  paths: [
    {
      name: 'loopback',
      title: 'One S3 object to nowhere, over loopback',
      rounds: { full: 7, short: 3 },
      tools: ['curl', 'aws', 'rclone'],
      packages: ['opendal'],
      open: async (stack, scale) => {
        const bytes = BYTES[scale];
        const store = await openStore(stack, bytes);
        const contenders = [
          ours('ours', store, bytes, {}),
          plainSdk(store, bytes),
          minio(store, bytes),
          opendal(store, bytes, {}),
          node('undici', 'peer', 'undici-get', bytes, (key) => ({ url: `${store.url}/${key}` })),
          program(
            'curl',
            'limit',
            (key) => `${toolPath('curl')} -sSf -o /dev/null ${shellWord(`${store.url}/${key}`)}`,
          ),
          program('aws cli', 'peer', (key) => `${store.awsCopy(`s3://bench/${key}`, '-', 10)} > /dev/null`),
          program('rclone', 'peer', (key) => `${store.rclone(`cat bench:bench/${key}`)} > /dev/null`),
        ];
        return { bytes, contenders };
      },
    },
    {
      name: 'limited',
      title: 'One S3 object over 8 connections of 50 MB/s and 30 ms',
      rounds: { full: 5, short: 3 },
      tools: ['aws', 'rclone'],
      packages: ['opendal'],
      open: async (stack, scale) => {
        const bytes = BYTES[scale];
        const store = await fromAfar(stack, await openStore(stack, bytes), FAR);
        const limitMBps = (CONNECTIONS * FAR.bytesPerSecond) / 1e6;
        const streams = `--multi-thread-streams ${CONNECTIONS} --multi-thread-cutoff 1M --ignore-checksum`;
        const contenders = [
          ours('ours', store, bytes, { concurrency: CONNECTIONS, partSize: 16 * MIB }),
          ours('ours (16 connections)', store, bytes, { concurrency: 16, partSize: 16 * MIB }),
          plainSdk(store, bytes),
          minio(store, bytes),
          opendal(store, bytes, { concurrent: CONNECTIONS, chunk: 16 * MIB }),
          program('aws cli', 'peer', (key) => `${store.awsCopy(`s3://bench/${key}`, '-', CONNECTIONS)} > /dev/null`),
          program('rclone', 'peer', (key) => {
            const copy = store.rclone(`copyto ${streams} bench:bench/${key} "$file"`);
            return `file=$(mktemp); trap 'rm -f "$file"' EXIT; ${copy}`;
          }),
        ];
        return { bytes, limitMBps, contenders };
      },
    },
  ],
};

/** The object `big`, and `tiny` for a process with nothing to do. */
function openStore(stack: AsyncDisposableStack, bytes: number): Promise<ObjectStore> {
  return staticStore(stack, '--object', `big=${bytes}`, '--object', 'tiny=1');
}

function ours(name: string, store: ObjectStore, bytes: number, options: object): Contender {
  const { config } = store;
  return node(name, 'ours', 'sluice-get', bytes, (key) => ({ url: `s3://bench/${key}`, config, ...options }));
}

function plainSdk({ client }: ObjectStore, bytes: number): Contender {
  return node('SDK GetObject', 'peer', 'sdk-get', bytes, (key) => ({ client, key }));
}

/** One request, whose body is read to its end. */
function minio({ minio: client }: ObjectStore, bytes: number): Contender {
  return node('minio-js', 'peer', 'minio-get', bytes, (key) => ({ client, key }));
}

function opendal({ opendal: store }: ObjectStore, bytes: number, reading: object): Contender {
  return node('OpenDAL', 'peer', 'opendal-get', bytes, (key) => ({ store, key, reading }));
}

function node(
  name: string,
  role: Contender['role'],
  script: string,
  bytes: number,
  options: (key: string) => object,
): Contender {
  const command = (key: string): string => nodeCommand(script, options(key));
  return { name, role, command: command('big'), idle: command('tiny'), verify: expectBytes(bytes) };
}

/** A program whose exit code vouches for the length. */
function program(name: string, role: Contender['role'], command: (key: string) => string): Contender {
  return { name, role, command: command('big'), idle: command('tiny'), verify: () => undefined };
}
