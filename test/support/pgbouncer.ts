/** PgBouncer in transaction mode before a server, gone without a trace however the process ends. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { writeFor } from '../../src/testing/postgres/cluster.ts';
import { onFreePort } from '../../src/testing/postgres/free-port.ts';
import { cleanEnvironment } from '../../src/testing/postgres/run.ts';
import { openWorkspace } from '../../src/testing/postgres/workspace.ts';
import type { Workspace } from '../../src/testing/postgres/workspace.ts';
import { describePostgres } from './postgres.ts';
import type { PostgresContext } from './postgres.ts';

export interface PgBouncer extends AsyncDisposable {
  readonly port: number;
  /** The DSN of a database of the server's, by way of the pooler. */
  through(dsn: string): string;
  /** What the pooler has said so far. */
  log(): string;
}

export interface PooledContext extends PostgresContext {
  /** Of the suite's database, through the pooler. */
  readonly pooled: string;
  readonly bouncer: PgBouncer;
}

export interface PgBouncerOptions {
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** Connections to the server, which all clients of a database share. */
  readonly poolSize: number;
}

/** Debian keeps the servers' programs out of users' PATH. */
const PROGRAM = [...(process.env['PATH'] ?? '').split(path.delimiter), '/usr/sbin']
  .map((folder) => path.join(folder, 'pgbouncer'))
  .find((program) => existsSync(program));

/** The same suite on every server, behind a pooler with `poolSize` connections to it. In CI PgBouncer must be there. */
export function describePooled(title: string, poolSize: number, suite: (context: () => PooledContext) => void): void {
  if (PROGRAM === undefined) {
    if (process.env['CI'] !== undefined) {
      throw new Error('PgBouncer is required in CI and is not there: apt-get install pgbouncer');
    }
    process.stderr.write(`NOTE: PgBouncer is not installed, so this suite does not run: ${title}.\n`);
    return;
  }
  describePostgres(`${title}, behind PgBouncer,`, (context) => {
    let bouncer: PgBouncer | undefined;
    before(async () => {
      const { port, user, password } = context().server;
      bouncer = await startPgBouncer({ port, user, password, poolSize });
    });
    suite(() => {
      if (bouncer === undefined) throw new Error('the pooler has not started');
      return { ...context(), bouncer, pooled: bouncer.through(context().dsn) };
    });
    after(() => bouncer?.[Symbol.asyncDispose]());
  });
}

async function startPgBouncer(options: PgBouncerOptions): Promise<PgBouncer> {
  const workspace = await openWorkspace();
  try {
    return await onFreePort(
      undefined,
      (port) => startOn(port, workspace, options),
      (error) => error instanceof Error && error.message.includes('in use'),
    );
  } catch (error) {
    await workspace.release();
    throw error;
  }
}

async function startOn(port: number, workspace: Workspace, options: PgBouncerOptions): Promise<PgBouncer> {
  const { owner, watchdog } = workspace;
  const folder = await workspace.directory('pgbouncer');
  const users = path.join(folder, 'users.txt');
  await writeFor(owner, users, `"${options.user}" "${options.password}"\n`);
  const settings = path.join(folder, 'pgbouncer.ini');
  await writeFor(owner, settings, settingsOf(port, users, options));

  const child = spawn(PROGRAM ?? 'pgbouncer', [settings], {
    ...owner,
    cwd: folder,
    env: cleanEnvironment(),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const processId = child.pid ?? 0;
  watchdog.guard(processId);
  const exited = once(child, 'exit').then(() => watchdog.forget(processId));
  let log = '';
  const up = Promise.withResolvers<undefined>();
  createInterface({ input: child.stderr }).on('line', (line) => {
    log += `${line}\n`;
    if (line.includes('process up')) up.resolve(undefined);
  });
  await Promise.race([
    up.promise,
    exited.then(() => {
      throw new Error(`PgBouncer did not start: ${log}`);
    }),
  ]);
  return {
    port,
    through(dsn) {
      const url = new URL(dsn);
      url.port = String(port);
      return url.href;
    },
    log: () => log,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await exited;
      await workspace.release();
    },
  };
}

/** Its defaults, but for where it is, what it is before, and how few connections it may make. */
function settingsOf(port: number, users: string, options: PgBouncerOptions): string {
  return `[databases]
* = host=127.0.0.1 port=${options.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${options.poolSize}
`;
}
