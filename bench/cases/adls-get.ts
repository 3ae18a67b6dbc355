/** One file out of a Data Lake to nowhere: over loopback, and from afar, where only parallel ranges fill the wire. */
import type { BenchCase, Contender, Scale } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { CONTAINER, lakeFromAfar, staticLake } from './data-lake.ts';
import type { DataLake } from './data-lake.ts';
import { expectBytes } from './expect.ts';

const MIB = 1024 * 1024;
const BYTES: Readonly<Record<Scale, number>> = { full: 942e6, short: 240e6 };
const FAR = { bytesPerSecond: 50e6, latencyMs: 30 };
const CONNECTIONS = 8;
/** The fastest of those that were tried; the bytes are in memory as a whole before the first is used. */
const PARALLEL = { chunkSize: 4 * MIB, concurrency: CONNECTIONS };

export const adlsGet: BenchCase = {
  name: 'adls-get',
  paths: [
    {
      name: 'loopback',
      title: 'One ADLS file to nowhere, over loopback',
      rounds: { full: 7, short: 3 },
      tools: [],
      open: async (stack, scale) => {
        const bytes = BYTES[scale];
        const contenders = reads(await openLake(stack, bytes), bytes, {
          ours: {},
          'ours (1 connection)': { concurrency: 1 },
        });
        return { bytes, contenders };
      },
    },
    {
      name: 'limited',
      title: 'One ADLS file over 8 connections of 50 MB/s and 30 ms',
      rounds: { full: 5, short: 3 },
      tools: [],
      open: async (stack, scale) => {
        const bytes = BYTES[scale];
        const lake = await lakeFromAfar(stack, await openLake(stack, bytes), FAR);
        const limitMBps = (CONNECTIONS * FAR.bytesPerSecond) / 1e6;
        const parts = {
          ours: { partSize: 16 * MIB, concurrency: CONNECTIONS },
          'ours (4 MiB)': { concurrency: CONNECTIONS },
        };
        return { bytes, limitMBps, contenders: reads(lake, bytes, parts) };
      },
    },
  ],
};

/** The file `big`, and `tiny` for a process with nothing to do. */
function openLake(stack: AsyncDisposableStack, bytes: number): Promise<DataLake> {
  return staticLake(stack, { big: bytes, tiny: 1 });
}

/** By name, what ours is asked for. */
type Ours = Readonly<Record<string, { readonly partSize?: number; readonly concurrency?: number }>>;

function reads({ connectionString }: DataLake, bytes: number, ours: Ours): Contender[] {
  const contender = (name: string, role: Contender['role'], command: (path: string) => string): Contender => ({
    ...{ name, role, command: command('big'), idle: command('tiny') },
    verify: expectBytes(bytes),
  });
  return [
    ...Object.entries(ours).map(([name, options]) =>
      contender(name, 'ours', (path) =>
        nodeCommand('sluice-adls-get', {
          url: `adls://${CONTAINER}/${path}`,
          config: { connectionString },
          ...options,
        }),
      ),
    ),
    contender('SDK read', 'peer', (path) => nodeCommand('sdk-adls-get', { connectionString, path })),
    contender('SDK readToBuffer', 'peer', (path) =>
      nodeCommand('sdk-adls-get', { connectionString, path, parallel: PARALLEL }),
    ),
  ];
}
