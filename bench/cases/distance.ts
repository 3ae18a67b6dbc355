/** A server seen from afar: each connection has its own bandwidth and a round trip before each answer. */
import { startServerProcess } from '../servers/run-as-process.ts';

export interface Distance {
  readonly bytesPerSecond: number;
  readonly latencyMs: number;
}

/** The port at which `port` is that far away. */
export async function distantPort(
  stack: AsyncDisposableStack,
  port: number,
  { bytesPerSecond, latencyMs }: Distance,
): Promise<number> {
  const limits = ['--rate', String(bytesPerSecond), '--latency', String(latencyMs)];
  return stack.use(await startServerProcess('limiting-proxy', ['--to', `127.0.0.1:${port}`, ...limits])).port;
}
