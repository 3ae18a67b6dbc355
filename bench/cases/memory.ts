/** Two GiB through every stream: memory must not know how much there is. */
import type { BenchCase, BenchPath, Contender } from '../harness/case.ts';
import { nodeCommand } from '../harness/node-command.ts';
import { startServerProcess } from '../servers/run-as-process.ts';
import { expectBytes } from './expect.ts';
import { drainingStore, staticStore } from './object-store.ts';

const MIB = 1024 * 1024;
const BYTES = 2048 * MIB;
const PARTS = { partSize: 8 * MIB, concurrency: 10 };
/** What a process may grow by, whatever it moves: chunks under way, a collector that waits for its moment. */
const ALLOWANCE = 64 * MIB;

export const memory: BenchCase = {
  name: 'memory',
  paths: [
    path('s3-get', '2 GiB out of one S3 object', windowBytes(PARTS), async (stack) => {
      const { config } = await staticStore(stack, '--object', `big=${BYTES}`, '--object', 'tiny=1');
      const command = (key: string): string =>
        nodeCommand('sluice-get', { url: `s3://bench/${key}`, config, ...PARTS });
      return { command: command('big'), idle: command('tiny'), verify: expectBytes(BYTES) };
    }),
    path('s3-put', '2 GiB into one S3 object', windowBytes(PARTS), async (stack) => {
      const { config } = await drainingStore(stack);
      const command = (bytes: number): string => {
        const target = { bucket: 'bench', key: 'big', config, ...PARTS };
        return nodeCommand('sluice-put', { file: '/dev/zero', bytes, readBytes: MIB, ...target });
      };
      return { command: command(BYTES), idle: command(1), verify: expectBytes(BYTES) };
    }),
    path('copy-from', '2 GiB of CSV into Postgres', 0, async (stack) => {
      const { port } = stack.use(await startServerProcess('draining-postgres'));
      const command = (bytes: number): string => nodeCommand('sluice-load-made-up', { dsn: dsn(port), bytes });
      return { command: command(BYTES), idle: command(1), verify: atLeast(BYTES) };
    }),
    path('copy-to', '2 GiB of CSV out of Postgres', 0, async (stack) => {
      const much = stack.use(await startServerProcess('draining-postgres', ['--send-bytes', String(BYTES)]));
      const little = stack.use(await startServerProcess('draining-postgres', ['--send-bytes', '1']));
      const query = 'SELECT * FROM trips';
      const command = ({ port }: { port: number }): string => nodeCommand('sluice-unload', { dsn: dsn(port), query });
      return { command: command(much), idle: command(little), verify: atLeast(BYTES) };
    }),
  ],
};

function path(
  name: string,
  title: string,
  windowSize: number,
  open: (stack: AsyncDisposableStack) => Promise<Pick<Contender, 'command' | 'idle' | 'verify'>>,
): BenchPath {
  return {
    name,
    title,
    rounds: { full: 3, short: 2 },
    warmUp: false,
    tools: [],
    open: async (stack) => ({
      bytes: BYTES,
      budgetBytes: windowSize + ALLOWANCE,
      contenders: [{ name: 'ours', role: 'ours', ...(await open(stack)) }],
    }),
  };
}

/** What the streams' own bound, `maxBufferedBytes`, is by default. */
function windowBytes({ partSize, concurrency }: typeof PARTS): number {
  return partSize * (concurrency + 1);
}

function dsn(port: number): string {
  return `postgresql://bench@127.0.0.1:${port}/bench?sslmode=disable`;
}

function atLeast(bytes: number): (output: string) => void {
  return (output) => {
    const moved = (JSON.parse(output) as { bytes: number }).bytes;
    if (!(moved >= bytes)) throw new Error(`${moved} bytes instead of at least ${bytes}`);
  };
}
