/** Two servers, one of which follows the other by streaming replication. */
import { chown, readFile, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { eventually } from './leaks.ts';
import { run } from './run.ts';

export interface Replicated extends AsyncDisposable {
  /** Takes writes at first. */
  readonly first: TestPostgres;
  /** Follows it at first. */
  readonly second: TestPostgres;
  /** Stops the first server in order and has the second one take over. */
  failOver(): Promise<void>;
  /** Starts the first server again, now behind the second. */
  rejoin(): Promise<void>;
}

/** The data of `setUp` are on both. */
export async function startReplicated(binDir: string | undefined, setUp: string): Promise<Replicated> {
  const options = binDir === undefined ? {} : { binDir };
  const [first, second] = await Promise.all([startPostgres(options), startPostgres(options)]);
  await first.admin(setUp);
  await Promise.all([first.stop(), second.stop()]);
  const [from, to] = [dataOf(first), dataOf(second)];
  const settings = await readFile(path.join(to, 'sluice.conf'));
  await rm(to, { recursive: true });
  await run('cp', ['-a', from, to], { cwd: '/' });
  await writeFile(path.join(to, 'sluice.conf'), settings);
  await follow(second, first);
  await Promise.all([first.start(), second.start()]);
  await streaming(second);
  return {
    first,
    second,
    async failOver() {
      await first.stop();
      await second.admin('SELECT pg_promote()');
    },
    async rejoin() {
      await follow(first, second);
      await first.start();
      await streaming(first);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([first.close(), second.close()]);
    },
  };
}

function dataOf(server: TestPostgres): string {
  return path.join(server.socketDir, 'data');
}

async function follow(server: TestPostgres, leader: TestPostgres): Promise<void> {
  const data = dataOf(server);
  const { uid, gid } = await stat(data);
  const { socketDir, port, user, password } = leader;
  const leaderIs = `host=${socketDir} port=${port} user=${user} password=${password}`;
  for (const [name, text] of [
    ['standby.signal', ''],
    ['postgresql.auto.conf', `primary_conninfo = '${leaderIs}'\n`],
  ] as const) {
    await writeFile(path.join(data, name), text);
    await chown(path.join(data, name), uid, gid);
  }
}

async function streaming(server: TestPostgres): Promise<void> {
  await eventually(async () => {
    const [row] = await server.admin("SELECT status FROM pg_stat_wal_receiver WHERE status = 'streaming'");
    if (row === undefined) throw new Error(`it does not follow: ${(await server.log()).slice(-1_000)}`);
  }, 20_000);
}
