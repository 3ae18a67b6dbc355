/** A server of the benchmarks as a process of its own: one line of JSON when it listens, an end when its owner goes. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface BenchServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Runs `server` until stdin closes or SIGTERM comes, and says its port on stdout. */
export async function runAsProcess(server: BenchServer): Promise<void> {
  const end = (): void => {
    server.close().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdin.on('end', end);
  process.stdin.on('error', end);
  process.stdin.resume();
  process.stdout.write(`${JSON.stringify({ port: server.port, pid: process.pid })}\n`);
  await once(process, 'exit');
}

export interface ServerProcess extends AsyncDisposable {
  readonly port: number;
  readonly pid: number;
}

/** Starts `bench/servers/<name>.ts` with `args`; it ends with the disposal, or when this process ends. */
export async function startServerProcess(name: string, args: readonly string[] = []): Promise<ServerProcess> {
  const file = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const early = exited.then(() => Promise.reject(new Error(`${name} ended before it listened`)));
  const line = once(createInterface(child.stdout), 'line');
  const [text] = (await Promise.race([line, early])) as [string];
  const { port, pid } = JSON.parse(text) as { port: number; pid: number };
  early.catch(() => undefined);
  return {
    port,
    pid,
    [Symbol.asyncDispose]: async () => {
      child.stdin.end();
      await exited;
    },
  };
}
