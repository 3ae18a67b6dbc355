/**
 * Speaks PostgreSQL's protocol, throws away what COPY FROM sends and makes up what COPY TO reads: the client alone is
 * measured. `node bench/servers/draining-postgres.ts [--port 0] [--rows count|<n>] [--send-bytes <n>] [--row-bytes <n>]`
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { parseArgs } from 'node:util';
import { message } from './postgres-messages.ts';
import { PostgresSession } from './postgres-session.ts';
import type { DrainSettings } from './postgres-session.ts';
import { runAsProcess } from './run-as-process.ts';
import type { BenchServer } from './run-as-process.ts';

export interface DrainingPostgresOptions {
  /** Default 0: any. */
  readonly port?: number;
  /** What COPY FROM reports: `'count'` counts line feeds, a number is repeated unseen. Default `'count'`. */
  readonly rows?: 'count' | number;
  /** Bytes of CSV that a COPY TO sends, rounded up to whole blocks of about 1 MiB; `Infinity` never ends. Default 1e9. */
  readonly sendBytes?: number;
  /** Bytes of one row that is sent, with its line feed. Default 117, as in a table of trips. */
  readonly rowBytes?: number;
}

const BLOCK_BYTES = 1024 * 1024;

export async function startDrainingPostgres(options: DrainingPostgresOptions = {}): Promise<BenchServer> {
  const { port = 0, rows = 'count', sendBytes = 1e9, rowBytes = 117 } = options;
  const block = copyBlock(rowBytes);
  const settings: DrainSettings = { rows, block, blocks: Math.ceil(sendBytes / (block.rows * rowBytes)) };
  const sessions = new Map<number, PostgresSession>();
  const sockets = new Set<Socket>();
  let lastPid = 1000;
  const server = createServer({ noDelay: true }, (socket) => {
    lastPid += 1;
    const session = new PostgresSession(socket, lastPid, settings, (pid) => sessions.get(pid)?.cancel());
    sessions.set(session.pid, session);
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => {
      sessions.delete(session.pid);
      sockets.delete(socket);
    });
  });
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

/** About 1 MiB of rows, each a message of its own and different from the others. */
function copyBlock(rowBytes: number): DrainSettings['block'] {
  const rows = Math.max(1, Math.floor(BLOCK_BYTES / rowBytes));
  const messages = Array.from({ length: rows }, (_, row) => {
    const text = `${row},`.padEnd(rowBytes - 1, '2026-11-20 10:15:30,1.25,CASH,');
    return message('d', Buffer.from(`${text.slice(0, rowBytes - 1)}\n`));
  });
  return { bytes: Buffer.concat(messages), rows };
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '0' },
      rows: { type: 'string', default: 'count' },
      'send-bytes': { type: 'string', default: '1e9' },
      'row-bytes': { type: 'string', default: '117' },
    },
  });
  await runAsProcess(
    await startDrainingPostgres({
      port: Number(values.port),
      rows: values.rows === 'count' ? 'count' : Number(values.rows),
      sendBytes: Number(values['send-bytes']),
      rowBytes: Number(values['row-bytes']),
    }),
  );
}
