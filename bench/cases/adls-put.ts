/** One file into a Data Lake, to a server that throws it away; and an upload that is given up. */
import { trips } from '../data/dataset.ts';
import type { BenchCase, Contender, Scale } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { CONTAINER, drainingLake, lakeFromAfar } from './data-lake.ts';
import type { DataLake } from './data-lake.ts';
import { expectBytes, expectReport } from './expect.ts';

const MIB = 1024 * 1024;
const ROWS: Readonly<Record<Scale, number>> = { full: 8_000_000, short: 2_000_000 };
const FAR = { bytesPerSecond: 50e6, latencyMs: 30 };
const CONNECTIONS = 8;
const SILENT_BYTES = 20 * MIB;
/** A script that does nothing: there is no upload that is silent and empty. */
const NODE_ALONE = nodeCommand('pipe', {});

export const adlsPut: BenchCase = {
  name: 'adls-put',
  paths: [
    {
      name: 'loopback',
      title: 'One file into ADLS, over loopback, 8 MiB appends, 4 in flight',
      rounds: { full: 7, short: 3 },
      tools: [],
      open: async (stack, scale) => ({
        ...(await trips(ROWS[scale])),
        contenders: await uploads(await drainingLake(stack), scale, 4),
      }),
    },
    {
      name: 'limited',
      title: 'One file into ADLS over 8 connections of 50 MB/s and 30 ms',
      rounds: { full: 5, short: 3 },
      tools: [],
      open: async (stack, scale) => {
        const lake = await lakeFromAfar(stack, await drainingLake(stack), FAR);
        const limitMBps = (CONNECTIONS * FAR.bytesPerSecond) / 1e6;
        return { ...(await trips(ROWS[scale])), limitMBps, contenders: await uploads(lake, scale, CONNECTIONS) };
      },
    },
    {
      name: 'silent',
      title: 'An upload into ADLS whose source falls silent, aborted',
      rounds: { full: 3, short: 2 },
      tools: [],
      open: async (stack) => {
        const { connectionString } = await drainingLake(stack);
        const given = { connectionString, container: CONTAINER, bytes: SILENT_BYTES };
        const contender = (name: string, role: 'ours' | 'peer', by: 'abort' | 'destroy'): Contender => {
          const script = role === 'ours' ? 'sluice-adls-put-silent' : 'sdk-adls-put-silent';
          const command = nodeCommand(script, { ...given, by });
          return { name, role, command, idle: NODE_ALONE, verify: expectReport({ ended: role === 'ours' ? 1 : 0 }) };
        };
        const contenders = [
          contender('ours', 'ours', 'abort'),
          contender('ours (source destroyed)', 'ours', 'destroy'),
          contender('SDK uploadStream', 'peer', 'abort'),
          contender('SDK uploadStream (source destroyed)', 'peer', 'destroy'),
        ];
        const note =
          'Neither an abort nor the destruction of its source ends the upload of the SDK: its process is ended after two seconds.';
        return { bytes: SILENT_BYTES, contenders, note };
      },
    },
  ],
};

/** The SDK has three quarters of its buffers in flight. */
async function uploads({ connectionString }: DataLake, scale: Scale, inFlight: number): Promise<Contender[]> {
  const { csv, emptyCsv, bytes } = await trips(ROWS[scale]);
  const contender = (name: string, role: Contender['role'], script: string, options: object): Contender => {
    const command = (file: string): string => nodeCommand(script, { file, readBytes: MIB, ...options });
    return { name, role, command: command(csv), idle: command(emptyCsv), verify: expectBytes(bytes) };
  };
  const target = { container: CONTAINER, path: 'ours', config: { connectionString } };
  const theirs = { connectionString, path: 'theirs' };
  return [
    contender('ours', 'ours', 'sluice-adls-put', { ...target, partSize: 8 * MIB, concurrency: inFlight }),
    contender('ours (4 MiB, 8 in flight)', 'ours', 'sluice-adls-put', target),
    contender('SDK uploadStream', 'peer', 'sdk-adls-put', {
      ...{ ...theirs, chunkSize: 8 * MIB, maxConcurrency: Math.floor((inFlight * 4) / 3) },
    }),
    contender('SDK uploadStream (4 MiB, 8 in flight)', 'peer', 'sdk-adls-put', {
      ...{ ...theirs, chunkSize: 4 * MIB, maxConcurrency: 10 },
    }),
  ];
}
