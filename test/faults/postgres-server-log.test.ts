import assert from 'node:assert/strict';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, csvRows, failing, stalling } from '../support/bytes.ts';
import { rejection, throughProxy } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { STARTING_MS, serverKinds } from '../support/postgres.ts';

const CANARY = 'r34s0n-c4n4ry';
const ENDLESS = 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r';

/** Every statement that our streams send, names and numbers aside. */
const STATEMENTS: readonly RegExp[] = [
  /^BEGIN$/,
  /^SET LOCAL [a-z_]+ = \d+$/,
  /^SELECT set_config\('transaction_timeout', '0', true\) WHERE current_setting\('transaction_timeout', true\) IS NOT NULL$/,
  /^SELECT pid, backend_start::text AS started, .* FROM pg_stat_activity WHERE pid = pg_backend_pid\(\)$/,
  /^(RELEASE |ROLLBACK TO )?SAVEPOINT sluice_[0-9a-f]{32}$/,
  /^TRUNCATE "t"$/,
  /^COPY "t" FROM STDIN WITH \(FORMAT csv, ENCODING 'UTF8'\)$/,
  /^COPY \(WITH RECURSIVE .*\) TO STDOUT WITH \(FORMAT csv, ENCODING 'UTF8'\)$/,
  /^EXPLAIN INSERT INTO "t" DEFAULT VALUES$/,
  /^SELECT attname::text AS name, .* FROM pg_catalog\.pg_attribute WHERE .* ORDER BY attnum$/,
  /^WITH RECURSIVE used \(oid\) AS /,
  /^SELECT current_setting\('transaction_isolation'\) AS isolation$/,
  /^COPY "t" \("a", "b"\) FROM STDIN WITH \(FORMAT text, ENCODING 'UTF8'\)$/,
  /^WITH RECURSIVE r AS \(.*\) SELECT n, repeat\(\$\$x\$\$, 200\) FROM r$/,
  /^(COMMIT|ROLLBACK)$/,
  /^SELECT pg_xact_status\(\$1::xid8\) AS status$/,
  /^SELECT pg_terminate_backend\(pid, 5000\) FROM pg_stat_activity WHERE pid = \$1 AND backend_start = \$2::timestamptz$/,
  /^SELECT 1 FROM pg_stat_activity WHERE pid = \$1 AND backend_start = \$2::timestamptz$/,
];

/** What the log says that sessions of `name` were sent: `<name>|LOG:  statement: <text>`, further lines behind a tab. */
function statementsOf(log: string, name: string): string[] {
  const lines = log.replaceAll('\n\t', ' ').split('\n');
  return lines
    .filter((line) => line.startsWith(`${name}|LOG:`))
    .flatMap((line) => /(?:statement|execute <unnamed>): (.*)$/.exec(line)?.[1]?.split(';') ?? [])
    .map((text) => text.trim());
}

for (const { name, binDir } of serverKinds()) {
  describe(`the log of a server that logs all, ${name}`, () => {
    let server: TestPostgres;
    before(async function () {
      this.timeout(STARTING_MS);
      const settings = { log_statement: 'all', log_line_prefix: '%a|' };
      server = await startPostgres({ settings, ...(binDir === undefined ? {} : { binDir }) });
      await server.admin('CREATE TABLE t (a int, b text)');
    });
    after(async () => {
      await closePools();
      await server.close();
    });
    const reason = (): Error => new Error(CANARY);
    const load = (options: object = {}) => pgCopyFrom({ table: 't', config: { dsn: server.dsn }, ...options });

    it('has of us fixed words and our statements alone, whatever ended a stream', async () => {
      await pipeline(chunked(csvRows(10)), load({ truncate: true }));
      const owner = new pg.Client({ connectionString: server.dsn, application_name: 'sluice' });
      await owner.connect();
      await owner.query('BEGIN');
      await pipeline(chunked(csvRows(10)), load({ client: owner }));
      await owner.query('COMMIT');
      await owner.end();

      const abort = new AbortController();
      const aborted = load({ signal: abort.signal });
      const stopped = rejection(pipeline(stalling(csvRows(10)), aborted));
      await eventually(() => assert.ok(aborted.progress.bytes > 0));
      abort.abort(reason());
      await stopped;
      assert.equal((await rejection(pipeline(failing(csvRows(10), reason()), load()))).message, CANARY);
      const refusing = (): Writable =>
        new Writable({ objectMode: true, write: (_chunk, _encoding, callback) => callback(reason()) });
      await rejection(pipeline(pgCopyTo({ query: ENDLESS, config: { dsn: server.dsn } }), refusing()));
      await rejection(pipeline(pgQueryRows(ENDLESS, [], { config: { dsn: server.dsn } }), refusing()));
      const rows = pgCopyRows({ table: 't', config: { dsn: server.dsn } });
      rows.on('error', () => undefined);
      rows.write([1, 'x']);
      await eventually(() => assert.ok(rows.progress.bytes > 0));
      rows.destroy(reason());
      assert.equal((await rows.settled).cleanup, 'confirmed');

      // Waiting for a lock it is cancelled, and out of reach ended by another session.
      const holder = new pg.Client({ connectionString: server.dsn });
      await holder.connect();
      await holder.query('BEGIN; LOCK TABLE t');
      const waiting = load({ timeout: 500 });
      await rejection(pipeline(Readable.from([csvRows(1)]), waiting));
      await holder.end();
      await throughProxy(server.dsn, async ({ proxy, dsn }) => {
        const unreachable = load({ config: { dsn } });
        unreachable.on('error', () => undefined);
        unreachable.write('1,x\n');
        await eventually(() => assert.ok(unreachable.progress.bytes > 0));
        proxy.stallAll({ newConnections: false });
        unreachable.destroy(reason());
        assert.equal((await unreachable.settled).cleanup, 'confirmed');
      });
      await throughProxy(server.dsn, async ({ proxy, dsn }) => {
        proxy.plan(({ number }) =>
          number === 1 ? { down: [{ when: { pattern: 'COMMIT\0', before: true }, do: 'reset' }] } : undefined,
        );
        await pipeline(chunked(csvRows(10)), load({ config: { dsn } }));
      });

      const log = await server.log();
      assert.ok(!log.includes(CANARY), log.slice(log.indexOf(CANARY) - 300, log.indexOf(CANARY) + 100));
      assert.ok(!log.includes(server.password));
      assert.match(log, /COPY from stdin failed: COPY was aborted by the client/);
      // Sessions of ours have our name; those that end others have none.
      const ours = [
        ...statementsOf(log, 'sluice'),
        ...statementsOf(log, '[unknown]').filter((text) => /pg_xact_status|backend_start/.test(text)),
      ];
      const unknown = ours.filter((text) => !STATEMENTS.some((form) => form.test(text)));
      assert.deepEqual(unknown, []);
      const unseen = STATEMENTS.filter((form) => !ours.some((text) => form.test(text)));
      assert.deepEqual(unseen, []);
    });
  });
}
