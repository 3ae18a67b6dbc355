import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { PostgresClient } from '../../src/connectors/postgres/client.ts';
import { postgresProfile } from '../../src/connectors/postgres/config.ts';
import { pgCopyFrom, pgCopyRows, pgCopyTo, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { TestPostgres } from '../../src/testing/postgres/index.ts';
import { chunked, collect } from '../support/bytes.ts';
import { assertSilent, rejection, timed } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { STARTING_MS, serverKinds } from '../support/postgres.ts';
import { startReplicated } from '../support/replica.ts';
import type { Replicated } from '../support/replica.ts';
import { retriesOf } from '../support/retries.ts';

const ENDLESS = 'SELECT generate_series(1, 1000000000), repeat($$x$$, 200)';
/** The proxy holds back what may be the pattern's beginning: a SCRAM message may end in a letter, and in no space. */
const QUESTION = ' pg_is_in_recovery';
const INSERT = "INSERT INTO t VALUES (1, 'x')";
const IDLE = 3;
/** Nobody listens there. */
const CLOSED = '127.0.0.1:1';

for (const { name, binDir } of serverKinds()) {
  describe(`several hosts, one of which follows the other, ${name}`, () => {
    let pair: Replicated;
    let primary: TestPostgres;
    let standby: TestPostgres;
    const start = async (): Promise<void> => {
      pair = await startReplicated(binDir, 'CREATE TABLE t (a int, b text)');
      [primary, standby] = [pair.first, pair.second];
    };
    const at = (server: { readonly port: number }) => `127.0.0.1:${server.port}`;
    const dsnOf = (hosts: readonly string[], parameters = '') =>
      `postgresql://${primary.user}:${primary.password}@${hosts.join(',')}/postgres?sslmode=disable${parameters}`;
    const query = 'SELECT inet_server_port()';
    /** The port of the server that answers. */
    const reached = async (dsn: string, settings: object = {}): Promise<number> =>
      Number(String(await collect(pgCopyTo({ query, retry: false, config: { dsn, ...settings } }))));
    const clientOf = (hosts: readonly TestPostgres[], parameters = ''): PostgresClient => {
      const config = { dsn: dsnOf(hosts.map(at), parameters), pool: { minSize: 0, maxSize: IDLE } };
      return new PostgresClient('default', () => postgresProfile('default', config));
    };
    const rows = async (server: TestPostgres) => (await server.admin('SELECT count(*)::int AS n FROM t'))[0]?.['n'];

    describe('while both are up', () => {
      before(async function () {
        this.timeout(STARTING_MS);
        await start();
      });
      afterEach(closePools);
      after(() => pair[Symbol.asyncDispose]());

      const WANTED = [
        ['any', 'the first'],
        ['read-write', 'the primary'],
        ['primary', 'the primary'],
        ['read-only', 'the standby'],
        ['standby', 'the standby'],
        ['prefer-standby', 'the standby'],
      ] as const;
      for (const [wanted, which] of WANTED) {
        it(`${wanted} leads to ${which}, in whatever order they are named`, async () => {
          for (const order of [
            [primary, standby],
            [standby, primary],
          ] as const) {
            const goal = { 'the first': order[0], 'the primary': primary, 'the standby': standby }[which];
            const dsn = dsnOf(order.map(at), `&target_session_attrs=${wanted}`);
            assert.equal(await reached(dsn), goal.port, order.map(at).join());
          }
        });
      }

      it('prefer-standby takes the primary where there is no standby', async () => {
        assert.equal(await reached(dsnOf([CLOSED, at(primary)], '&target_session_attrs=prefer-standby')), primary.port);
      });

      it('a host that nobody answers on, or not in time, is passed over, each within its own time', async () => {
        assert.equal(await reached(dsnOf([CLOSED, at(primary)])), primary.port);
        await using proxy = await startChaosProxy({ host: '127.0.0.1', port: primary.port });
        proxy.plan(() => ({ stallConnect: true }));
        const dsn = dsnOf([at(proxy), at(proxy), at(primary)], '&connect_timeout=1');
        let port = 0;
        const ms = await timed(async () => (port = await reached(dsn)));
        assert.equal(port, primary.port);
        assert.equal(proxy.connections, 2);
        assert.ok(ms > 1_900, `${ms} ms`);
      });

      it('a host that answers and then says no more is passed over as well', async () => {
        await using proxy = await startChaosProxy({ host: '127.0.0.1', port: primary.port });
        proxy.plan(() => ({ up: [{ when: { pattern: QUESTION, before: true }, do: 'stall' }] }));
        const dsn = dsnOf([at(proxy), at(primary)], '&target_session_attrs=primary&connect_timeout=1');
        assert.equal(await reached(dsn), primary.port);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      });

      it('a host whose connection breaks while it is asked what it is, is passed over, and nothing is uncaught', async () => {
        await using proxy = await startChaosProxy({ host: '127.0.0.1', port: primary.port });
        proxy.plan(() => ({ up: [{ when: { pattern: QUESTION, before: true }, do: 'reset' }] }));
        assert.equal(await reached(dsnOf([at(proxy), at(primary)], '&target_session_attrs=primary')), primary.port);
        assert.ok(proxy.log.some(({ event }) => event === 'rule'));
      });

      it('a host that refuses the password is not passed over: the others would be asked with it as well', async () => {
        const error = await rejection(reached(dsnOf([at(primary), at(standby)]).replace(primary.password, 'c4n4ry')));
        assert.deepEqual([error['code'], error['sqlState']], ['AUTH_FAILED', '28P01']);
        assertSilent(error, 'c4n4ry');
        const refused = async ({ log }: TestPostgres) => (await log()).split('password authentication failed').length;
        assert.deepEqual([await refused(primary), await refused(standby)], [2, 1]);
      });

      it('of hosts that will not do, each is named with its reason, and no password is', async () => {
        const error = await rejection(
          reached(dsnOf([CLOSED, at(standby)], '&target_session_attrs=read-write'), { password: 'c4n4ry' }),
        );
        assert.deepEqual([error['code'], error['stage'], error['retryable']], ['SERVER_UNAVAILABLE', 'connect', true]);
        assert.match(error.message, /127\.0\.0\.1:1: .*REFUSED/);
        assert.ok(error.message.includes(`${at(standby)}: it is read-only, and targetSessionAttrs is read-write`));
        assertSilent(error, primary.password, 'c4n4ry');
        const down = await rejection(reached(dsnOf([CLOSED, '127.0.0.1:2'])));
        assert.equal(down['code'], 'CONNECTION_FAILED');
        assert.match(down.message, /127\.0\.0\.1:1: .*127\.0\.0\.1:2: /);
      });

      it('one host alone has to be what is wanted, too', async () => {
        const error = await rejection(reached(dsnOf([at(standby)], '&target_session_attrs=primary')));
        assert.deepEqual([error['code'], error['stage']], ['SERVER_UNAVAILABLE', 'connect']);
        assert.match(error.message, /it is a standby/);
      });

      it('random order leads to each of them now and then', async () => {
        const dsn = dsnOf([at(primary), at(standby)], '&load_balance_hosts=random');
        const seen = new Set<number>();
        await eventually(async () => {
          seen.add(await reached(dsn));
          await closePools();
          assert.equal(seen.size, 2);
        });
      });

      it('are set one by one as well: a list with ports, folders of sockets, a password from a function', async () => {
        const { user } = primary;
        const settings = { user, password: () => primary.password, database: 'postgres', sslmode: 'disable' };
        const list = (servers: object) =>
          collect(pgCopyTo({ query: "SELECT current_setting('port')", config: { ...settings, ...servers } }));
        const named = `${CLOSED},${at(standby)},${at(primary)}`;
        const byList = await list({ host: named, target_session_attrs: 'primary' });
        const byPort = await list({ host: `${CLOSED},127.0.0.1`, port: standby.port });
        const bySocket = await list({ host: `/nowhere,${primary.socketDir}`, port: primary.port });
        const folders = ['/nowhere', primary.socketDir].map((folder) => encodeURIComponent(folder)).join(',');
        const byDsn = await list({ dsn: `postgresql://${folders}/?port=${primary.port}` });
        assert.deepEqual(
          [byList, byPort, bySocket, byDsn].map(Number),
          [primary, standby, primary, primary].map(({ port }) => port),
        );
      });

      it('a stream is cancelled where it runs', async () => {
        await using wrong = await startChaosProxy({ host: '127.0.0.1', port: standby.port });
        await using right = await startChaosProxy({ host: '127.0.0.1', port: primary.port });
        const config = { dsn: dsnOf([at(wrong), at(right)], '&target_session_attrs=primary') };
        for (const source of [pgCopyTo({ query: ENDLESS, config }), pgQueryRows(ENDLESS, [], { config })]) {
          for await (const chunk of source) {
            assert.notEqual(chunk, undefined);
            break;
          }
          assert.equal((await source.settled).cleanup, 'confirmed');
        }
        // One session that both used, and two requests to cancel.
        assert.deepEqual([wrong.connections, right.connections], [1, 3]);
        await closePools();
      });

      it('a client of a profile pings the one that is wanted, and its raw pool connects there too', async () => {
        const config = { dsn: dsnOf([at(standby), at(primary)], '&target_session_attrs=primary') };
        await using client = new PostgresClient('default', () => postgresProfile('default', config));
        assert.ok((await client.ping()) >= 0);
        const pool = (await client.rawPool()) as unknown as pg.Pool;
        const clients = await Promise.all(Array.from({ length: 4 }, () => pool.connect()));
        const ports = await Promise.all(
          clients.map(async (each) => (await each.query<{ port: number }>(`${query} AS port`)).rows[0]?.port),
        );
        for (const each of clients) each.release();
        assert.deepEqual(
          ports,
          Array.from(clients, () => primary.port),
        );
        assert.deepEqual([pool.totalCount, pool.idleCount, pool.waitingCount], [4, 4, 0]);
      });

      it('a transaction that may write runs on a standby as well, and its connection is kept', async () => {
        await using client = clientOf([standby]);
        const pid = 'SELECT pg_backend_pid()';
        // The first one to look finds a connection of which nothing is known but that it was used.
        await client.query('SELECT 1');
        const pids: unknown[] = [];
        for (const readOnly of [undefined, true, undefined]) {
          const retried = await retriesOf(async () => {
            pids.push(await client.transaction((tx) => tx.queryValue(pid), { readOnly, retry: false }));
          });
          assert.deepEqual(retried, []);
        }
        assert.deepEqual(pids, [pids[0], pids[0], pids[0]]);
        const written = rejection(client.transaction((tx) => tx.execute("INSERT INTO t VALUES (1, 'x')")));
        assert.deepEqual([(await written)['code'], (await written)['sqlState']], ['SERVER_UNAVAILABLE', '25006']);
      });

      for (const [what, options, sqlState] of [
        ['has to write', { readOnly: false }, '0A000'],
        ['is serializable', { isolation: 'serializable' }, '0A000'],
      ] as const) {
        it(`a transaction that ${what} does not run on a standby: connecting is tried again, as often as retry says`, async () => {
          await using client = clientOf([standby]);
          const ways = [
            (retry: object) => client.transaction(() => assert.fail('it was begun'), { ...options, retry }),
            (retry: object) => client.begin({ ...options, retry }),
          ];
          for (const way of ways) {
            let error: Record<string, unknown> = {};
            const retried = await retriesOf(async () => (error = await rejection(way({ attempts: 3, minDelay: 1 }))));
            assert.deepEqual(
              [error['code'], error['sqlState'], error['stage'], error['retryable'], error['outcome']],
              ['SERVER_UNAVAILABLE', sqlState, 'open', true, 'not-done'],
            );
            assert.deepEqual(
              retried.map(({ code }) => code),
              ['SERVER_UNAVAILABLE', 'SERVER_UNAVAILABLE'],
            );
          }
          const pool = await client.rawPool();
          assert.deepEqual([pool.idleCount, pool.waitingCount], [pool.totalCount, 0]);
        });
      }
    });

    describe('which fail over', () => {
      beforeEach(async function () {
        this.timeout(STARTING_MS);
        await start();
      });
      afterEach(async () => {
        await closePools();
        await pair[Symbol.asyncDispose]();
      });

      it('loads go on with the new primary, by themselves, and each is as its outcome says', async () => {
        const config = {
          dsn: dsnOf([at(primary), at(standby)], '&target_session_attrs=read-write'),
          pool: { maxSize: 3 },
          retries: { attempts: 200, minDelay: 10, maxDelay: 50 },
        };
        const outcomes = new Map<number, string>();
        const stop = new AbortController();
        const keepLoading = async (first: number): Promise<void> => {
          for (let batch = first; !stop.signal.aborted; batch += 3) {
            const sink = pgCopyFrom({ table: 't', config });
            await pipeline(chunked(Buffer.from(`${batch},x\n`.repeat(100)), 64), sink).catch(() => undefined);
            outcomes.set(batch, (await sink.settled).outcome);
          }
        };
        const done = () => [...outcomes.values()].filter((outcome) => outcome === 'done').length;
        const more = async (): Promise<void> => {
          const before = done();
          await eventually(() => assert.ok(done() >= before + 9), 20_000);
        };
        const lanes = [0, 1, 2].map(keepLoading);
        try {
          await more();
          await pair.failOver();
          await more();
          await pair.rejoin();
          await more();
        } finally {
          stop.abort();
          await Promise.all(lanes);
        }
        const held = await standby.admin('SELECT a, count(*)::int AS n FROM t GROUP BY a');
        assert.deepEqual(
          held.filter(({ n }) => n !== 100),
          [],
        );
        const there = new Set(held.map(({ a }) => Number(a)));
        for (const [batch, outcome] of outcomes) {
          if (outcome !== 'unknown') assert.equal(there.has(batch), outcome === 'done', `${batch}: ${outcome}`);
        }
      });

      const WRITERS: readonly (readonly [name: string, write: (client: PostgresClient) => Promise<unknown>])[] = [
        ['transaction', (client) => client.transaction((tx) => tx.execute(INSERT), { retry: false })],
        [
          'begin',
          async (client) => {
            await using tx = await client.begin({ retry: false });
            await tx.execute(INSERT);
            await tx.commit();
          },
        ],
        ['executeMany', (client) => client.executeMany('INSERT INTO t VALUES ($1, $2)', [[1, 'x']], { retry: false })],
        // It is not repeated, but each refusal costs the connection that led to it.
        [
          'execute',
          async (client) => {
            for (let n = 0; n < IDLE; n += 1) {
              const error = await rejection(client.execute(INSERT));
              assert.deepEqual([error['sqlState'], error['outcome']], ['25006', 'not-done']);
            }
            await client.execute(INSERT);
          },
        ],
        ['pgCopyFrom', (client) => client.copyFrom('t', '1,x\n', { retry: false })],
        ['pgCopyRows', (client) => pipeline([[1, 'x']], pgCopyRows({ table: 't', client, retry: false }))],
      ];
      it('idle connections to the host that is read-only now are no tries: whatever writes goes to the other one', async () => {
        const made = WRITERS.map(([name, write]) => {
          const parameters = `&target_session_attrs=read-write&application_name=${encodeURIComponent(name)}`;
          return { name, write, client: clientOf([primary, standby], parameters) };
        });
        const idle = (name: string) =>
          primary.admin("SELECT 1 FROM pg_stat_activity WHERE application_name = $1 AND state = 'idle'", [name]);
        for (const { name, client } of made) {
          await Promise.all(Array.from({ length: IDLE }, () => client.query('SELECT pg_sleep(0.2)')));
          await eventually(async () => assert.equal((await idle(name)).length, IDLE));
        }
        await standby.admin('SELECT pg_promote()');
        await primary.admin('ALTER SYSTEM SET default_transaction_read_only = on');
        await primary.admin('SELECT pg_reload_conf()');
        const readOnly = () => primary.admin('SHOW default_transaction_read_only');
        await eventually(async () => assert.deepEqual(await readOnly(), [{ default_transaction_read_only: 'on' }]));
        for (const [written, { name, write, client }] of made.entries()) {
          const retried = await retriesOf(() => write(client));
          assert.deepEqual([retried, await rows(primary), await rows(standby)], [[], 0, written + 1], name);
          await eventually(async () => assert.equal((await idle(name)).length, 0));
          await client.close();
        }
      });
    });
  });
}
