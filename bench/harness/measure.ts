/** One run of one contender as a whole process: wall time, CPU of all its processes, peak memory, what it printed. */
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { watchResident } from './resident.ts';

export interface Sample {
  readonly wallS: number;
  /** User and system time of every process of a pipeline. */
  readonly cpuS: number;
  /** Peak resident bytes of the largest process. */
  readonly residentBytes: number;
  /** Peak resident bytes of all processes of a pipeline together. */
  readonly residentSumBytes: number;
}

export interface Run {
  readonly sample: Sample;
  readonly output: string;
}

/**
 * Runs a shell command. bash's own `time` reads the clocks in milliseconds, counts every process of a pipeline and
 * leaves out the shell's start.
 */
export async function measure(command: string, env: Readonly<Record<string, string>> = {}): Promise<Run> {
  const script = `set -o pipefail; TIMEFORMAT='%3R %3U %3S'; time { ${command}\n}`;
  const child = spawn('bash', ['-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...clean(process.env), ...env },
  });
  const watch = watchResident(child.pid ?? 0);
  const exit = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  try {
    const [code, output, messages] = await Promise.all([exit, text(child.stdout), text(child.stderr)]);
    const lines = messages.trimEnd().split('\n');
    const times = parseTimes(lines.pop() ?? '');
    if (code !== 0 || times === undefined) throw new Error(`exit code ${String(code)} of ${command}\n${messages}`);
    const { largest, sum } = watch.stop();
    return { sample: { ...times, residentBytes: largest, residentSumBytes: sum }, output };
  } finally {
    watch.stop();
  }
}

/** No proxies, extra certificates or profiles of the user's: they slow one contender and stop another. */
function clean({ PATH, HOME, TMPDIR }: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  // Named, or Node would hand down its own.
  return { PATH, HOME, TMPDIR, LC_ALL: 'C', NODE_V8_COVERAGE: undefined };
}

/** `wall user system`, in seconds. */
export function parseTimes(line: string): Pick<Sample, 'wallS' | 'cpuS'> | undefined {
  const [, wall, user, system] = /^(\d+\.\d{3}) (\d+\.\d{3}) (\d+\.\d{3})$/.exec(line) ?? [];
  return wall === undefined ? undefined : { wallS: Number(wall), cpuS: Number(user) + Number(system) };
}
