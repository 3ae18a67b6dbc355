/** Ten thousand objects of 10 KiB, where each request costs more than its bytes. */
import type { BenchCase, Contender, Scale } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { expectReport } from './expect.ts';
import { drainingStore, staticStore } from './object-store.ts';

const OBJECTS: Readonly<Record<Scale, number>> = { full: 10_000, short: 3_000 };
const OBJECT_BYTES = 10 * 1024;
/** Our own default, for everybody. */
const CONCURRENCY = 10;

export const smallObjects: BenchCase = {
  name: 'small-objects',
  paths: [
    {
      name: 'get',
      title: 'Small objects out of S3, listed and read, 10 at a time',
      rounds: { full: 5, short: 3 },
      tools: [],
      open: async (stack, scale) => {
        const objects = OBJECTS[scale];
        const bytes = objects * OBJECT_BYTES;
        const many = `${objects}x${OBJECT_BYTES}:many/`;
        const store = await staticStore(stack, '--small', many, '--small', `1x${OBJECT_BYTES}:one/`);
        const contender = (name: string, role: Contender['role'], command: (prefix: string) => string): Contender => ({
          name,
          role,
          command: command('many/'),
          idle: command('one/'),
          verify: expectReport({ bytes }),
        });
        const contenders = [
          contender('ours', 'ours', (prefix) => {
            const options = { join: 'raw', concurrency: CONCURRENCY, config: store.config };
            return nodeCommand('sluice-get', { url: `s3://bench/${prefix}`, ...options });
          }),
          contender('SDK GetObject + p-limit', 'peer', (prefix) =>
            nodeCommand('sdk-get-many', { prefix, concurrency: CONCURRENCY, client: store.client }),
          ),
        ];
        return { bytes, objects, contenders };
      },
    },
    {
      name: 'put',
      title: 'Small objects into S3, 10 at a time',
      rounds: { full: 5, short: 3 },
      tools: [],
      open: async (stack, scale) => {
        const objects = OBJECTS[scale];
        const bytes = objects * OBJECT_BYTES;
        const { config, client } = await drainingStore(stack);
        const contender = (name: string, role: Contender['role'], script: string, options: object): Contender => {
          const shape = { objectBytes: OBJECT_BYTES, concurrency: CONCURRENCY, ...options };
          return {
            name,
            role,
            command: nodeCommand(script, { objects, ...shape }),
            idle: nodeCommand(script, { objects: 1, ...shape }),
            verify: expectReport({ objects, bytes }),
          };
        };
        const contenders = [
          contender('ours', 'ours', 'sluice-put-many', { config, withClient: true }),
          contender('ours (settings for each)', 'ours', 'sluice-put-many', { config, withClient: false }),
          contender('SDK PutObject + p-limit', 'peer', 'sdk-put-many', { client }),
        ];
        return { bytes, objects, contenders };
      },
    },
  ],
};
