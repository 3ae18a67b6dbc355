/**
 * A TCP proxy with a distance: every connection has a bandwidth of its own in each direction, and every change of
 * direction costs a round trip. `node bench/servers/limiting-proxy.ts --to 127.0.0.1:9000 [--port 0] [--rate 50e6] [--latency 30] [--max-connections <n>]`
 */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { delayLine } from './delay-line.ts';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';

export interface LimitingProxyOptions {
  /** Default 0: any. */
  readonly port?: number;
  readonly to: { readonly host: string; readonly port: number };
  /** Of one connection, in each direction. Default 50e6. */
  readonly bytesPerSecond?: number;
  /** From a request to the first byte of its answer, in milliseconds, half of it each way. Default 30. */
  readonly latencyMs?: number;
  /** More are closed at once. Default: no limit. */
  readonly maxConnections?: number;
}

export async function startLimitingProxy(options: LimitingProxyOptions): Promise<BenchServer> {
  const { port = 0, to, bytesPerSecond = 50e6, latencyMs = 30, maxConnections } = options;
  const wire = { bytesPerSecond, delayMs: latencyMs / 2 };
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (client) => {
    const upstream = connect({ ...to, noDelay: true, allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    }
    delayLine(client, upstream, wire);
    delayLine(upstream, client, wire);
  });
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      to: { type: 'string', default: '' },
      rate: { type: 'string', default: '50e6' },
      latency: { type: 'string', default: '30' },
      'max-connections': { type: 'string' },
    },
  });
  const [host = '127.0.0.1', port = ''] = values.to.split(':');
  if (port === '') throw new Error('--to host:port is missing');
  const most = values['max-connections'];
  await runAsProcess(
    await startLimitingProxy({
      port: Number(values.port),
      to: { host, port: Number(port) },
      bytesPerSecond: Number(values.rate),
      latencyMs: Number(values.latency),
      ...(most === undefined ? {} : { maxConnections: Number(most) }),
    }),
  );
}
