import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { checkServerIdentity } from 'node:tls';
import pg from 'pg';
import { pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { closePools } from '../../../src/connectors/postgres/native.ts';
import { collect } from '../../support/bytes.ts';
import { assertSilent, rejection, timed } from '../../support/faults.ts';
import { describePostgres } from '../../support/postgres.ts';
import { startTlsTerminator } from './tls-terminator.ts';

const ENDLESS = 'WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r) SELECT n, repeat($$x$$, 200) FROM r';

describePostgres('a server that wants a certificate of its clients', (context) => {
  const ssl = async (settings: (own: { ca: string; cert: string; key: string }) => object): Promise<string> => {
    await using terminator = await startTlsTerminator(context().server);
    const dsn = context()
      .dsn.replace(/:\d+\//, `:${terminator.port}/`)
      .replace('sslmode=disable', 'sslmode=verify-full');
    const { ca, cert, key } = terminator.ssl as { ca: string; cert: string; key: string };
    try {
      return (
        await collect(pgCopyTo({ query: 'SELECT 1', config: { dsn, ...settings({ ca, cert, key }) }, retry: false }))
      )
        .toString()
        .trim();
    } finally {
      await closePools();
    }
  };

  it('gets that of the profile, as text or from files', async () => {
    assert.equal(await ssl(({ ca, cert, key }) => ({ sslrootcert: ca, sslcert: cert, sslkey: key })), '1');
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-certificates-'));
    const file = (name: string, text: string): string => {
      writeFileSync(path.join(folder, name), text, { mode: 0o600 });
      return path.join(folder, name);
    };
    try {
      const files = (own: { ca: string; cert: string; key: string }): object => ({
        ...{ sslrootcert: file('ca', own.ca), sslcert: file('cert', own.cert), sslkey: file('key', own.key) },
      });
      assert.equal(await ssl(files), '1');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('refuses a profile without one', async () => {
    const error = await rejection(ssl(({ ca }) => ({ sslrootcert: ca })));
    assert.ok(['AUTH_FAILED', 'CONNECTION_LOST', 'CONNECTION_FAILED'].includes(String(error['code'])), String(error));
  });

  it('is not even asked with a certificate that is not there, and the error names the setting and no key', async () => {
    const missing = await rejection(ssl(({ ca, cert }) => ({ sslrootcert: ca, sslcert: cert, sslkey: '/no/canary' })));
    assert.match(missing.message, /^sslkey is no PEM text, and no file of this name: ENOENT$/);
    assert.equal(missing['code'], 'CONFIG_INVALID');
    assertSilent(missing, 'canary');
    const empty = await rejection(ssl(({ cert, key }) => ({ sslrootcert: '/dev/null', sslcert: cert, sslkey: key })));
    assert.match(empty.message, /the file that sslrootcert names holds no PEM text/);
  });

  it('gets it with the cancel request too, which checks the server as the connection did: the client is kept', async () => {
    await using terminator = await startTlsTerminator(context().server);
    const names: string[] = [];
    const url = new URL(context().dsn);
    const pool = new pg.Pool({
      host: '127.0.0.1',
      port: terminator.port,
      user: url.username,
      password: url.password,
      database: url.pathname.slice(1),
      max: 1,
      ssl: {
        ...terminator.ssl,
        checkServerIdentity: (name, certificate) => {
          names.push(name);
          return checkServerIdentity(name, certificate);
        },
      },
    });
    try {
      const pid = async () => (await pool.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0]?.pid;
      const before = await pid();
      const ms = await timed(async () => {
        for await (const chunk of pgCopyTo({ query: ENDLESS, client: pool })) {
          assert.ok((chunk as Buffer).length > 0);
          break;
        }
      });
      assert.ok(ms < 3_000, `${ms} ms`);
      assert.equal(await pid(), before);
      assert.deepEqual({ ...terminator.let }, { in: 2, out: 0 });
      assert.deepEqual(names, ['127.0.0.1', '127.0.0.1']);
    } finally {
      await pool.end();
    }
  });
});
