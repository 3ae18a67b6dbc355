/** A throw-away PostgreSQL server: real, on a free port, gone without a trace however the process ends. */
import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { adminSession } from './admin-session.ts';
import type { AdminRow } from './admin-session.ts';
import { findBinaries } from './binaries.ts';
import { makeCluster, USER, writeFor } from './cluster.ts';
import { onFreePort } from './free-port.ts';
import { reachablePrograms } from './reachable.ts';
import { launchServer, portTaken, relaunchServer } from './server.ts';
import type { Launch, StopMode } from './server.ts';
import { enableTls } from './server-tls.ts';
import { renderSettings } from './settings.ts';
import type { Settings } from './settings.ts';
import { openWorkspace } from './workspace.ts';
import type { Workspace } from './workspace.ts';

export interface PostgresOptions {
  /** Accept TLS as well, with a certificate for `localhost` and 127.0.0.1. Default: false. */
  readonly tls?: boolean;
  /** Server settings, such as `{ work_mem: '1MB' }`. They win over the defaults, which do without fsync. */
  readonly settings?: Settings;
  /** The directory of `postgres` and `initdb`. Default: `PG_BIN`, else the npm package, else the system's newest. */
  readonly binDir?: string;
  /** Default: a free one. */
  readonly port?: number;
}

/** A further database on the server. */
export interface TestDatabase {
  readonly dsn: string;
  readonly name: string;
  /** Ends its sessions and drops it. */
  drop(): Promise<void>;
}

export interface TestPostgres extends AsyncDisposable {
  /** `postgresql://` URL with the password, over TCP; without `tls` it ends in `?sslmode=disable`. */
  readonly dsn: string;
  readonly host: '127.0.0.1';
  readonly port: number;
  /** A superuser, who must give the password (SCRAM-SHA-256). */
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** With `tls`: what a client has to trust, as PEM and as the path of a file with the same. */
  readonly caCertificate?: string;
  readonly caCertificateFile?: string;
  /** Such as `18.4`. */
  readonly version: string;
  /** The directory of the UNIX socket, to be given as host. Only the server's user and root may enter it. */
  readonly socketDir: string;
  /** The postmaster's; another one after a restart. */
  readonly processId: number;
  /** Runs SQL as superuser and resolves with its rows. All calls share one session and run one after another. */
  admin(sql: string, params?: readonly unknown[]): Promise<AdminRow[]>;
  createDatabase(name?: string): Promise<TestDatabase>;
  /** Stops the server. The data stay, until `close`. */
  stop(mode?: StopMode): Promise<void>;
  /** Starts the server on the same port after `stop`, or after its process was killed. */
  start(): Promise<void>;
  restart(mode?: StopMode): Promise<void>;
  /** All that the server has logged. */
  log(): Promise<string>;
  /** Stops the server and removes everything. Calling it again gives the same promise. */
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const DATABASE = 'postgres';

/**
 * Starts a server. The first of a process takes 0.6 to 2 s, further ones 0.1 to 0.3 s while any other is open.
 * Throws an error with `code: 'PACKAGE_MISSING'` when there are no binaries, or, from `admin`, no `pg`.
 */
export const startPostgres = async (options: PostgresOptions = {}): Promise<TestPostgres> => {
  const binaries = await findBinaries(options.binDir);
  const workspace = await openWorkspace();
  try {
    return await startIn(workspace, binaries, options);
  } catch (error) {
    await workspace.release();
    throw error;
  }
};

const startIn = async (workspace: Workspace, binaries: string, options: PostgresOptions): Promise<TestPostgres> => {
  const programs = await reachablePrograms(binaries, workspace);
  const cluster = await makeCluster(programs, workspace);
  const { directory, dataDirectory, password } = cluster;
  const { owner, watchdog } = workspace;
  const tls = options.tls === true ? await enableTls(cluster, owner) : undefined;
  const socketDir = process.platform === 'win32' ? '' : directory;
  const logFile = join(directory, 'log');
  const launch: Launch = { programs: programs.directory, directory, dataDirectory, logFile, owner, watchdog };
  const ours = { listen_addresses: HOST, unix_socket_directories: socketDir };

  const launchOn = async (port: number) => {
    const text = renderSettings(ours, tls?.settings ?? {}, options.settings ?? {}, { port });
    await writeFor(owner, join(dataDirectory, 'sluice.conf'), text);
    return { port, server: await launchServer(launch) };
  };
  const launched = await onFreePort(options.port, launchOn, portTaken);
  const { port } = launched;
  let { server } = launched;
  const session = adminSession({ host: socketDir || HOST, port, user: USER, password, database: DATABASE });
  const dsnOf = (name: string) =>
    `postgresql://${USER}:${password}@${HOST}:${port}/${encodeURIComponent(name)}${options.tls === true ? '' : '?sslmode=disable'}`;

  const stop = async (mode: StopMode = 'fast') => {
    // Together: a smart stop waits for our own session, and a server that hangs never ends the session.
    await Promise.all([session.close(), server.stop(mode)]);
  };
  const start = async () => {
    if (!server.running) server = await relaunchServer(launch);
  };
  const removeAll = async () => {
    await stop('immediate');
    await rm(directory, { recursive: true, force: true, maxRetries: 5 });
    await workspace.release();
  };
  let closing: Promise<void> | undefined;
  const close = () => (closing ??= removeAll());

  return {
    dsn: dsnOf(DATABASE),
    host: HOST,
    port,
    user: USER,
    password,
    database: DATABASE,
    version: programs.version,
    socketDir,
    ...(tls && { caCertificate: tls.caCertificate, caCertificateFile: tls.caCertificateFile }),
    get processId() {
      return server.processId;
    },
    admin: (sql, params) => session.query(sql, params),
    async createDatabase(name = `test_${randomBytes(6).toString('hex')}`) {
      const quoted = `"${name.replaceAll('"', '""')}"`;
      await session.query(`CREATE DATABASE ${quoted}`);
      const drop = async () => {
        await session.query(`DROP DATABASE IF EXISTS ${quoted} WITH (FORCE)`);
      };
      return { dsn: dsnOf(name), name, drop };
    },
    stop,
    start,
    async restart(mode) {
      await stop(mode);
      await start();
    },
    log: () => readFile(logFile, 'utf8'),
    close,
    [Symbol.asyncDispose]: close,
  };
};
