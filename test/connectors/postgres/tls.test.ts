import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { closePools } from '../../../src/connectors/postgres/native.ts';
import { startPostgres } from '../../../src/testing/postgres/index.ts';
import type { TestPostgres } from '../../../src/testing/postgres/index.ts';
import { createServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { collect } from '../../support/bytes.ts';
import { assertSilent, rejection } from '../../support/faults.ts';
import { STARTING_MS } from '../../support/postgres.ts';

describe('sslmode', () => {
  let secure: TestPostgres;
  let plain: TestPostgres;
  before(async function () {
    this.timeout(STARTING_MS);
    [secure, plain] = await Promise.all([startPostgres({ tls: true }), startPostgres()]);
  });
  afterEach(closePools);
  after(() => Promise.all([secure.close(), plain.close()]));

  const withMode = ({ dsn }: TestPostgres, mode: string): string => `${dsn.replace(/\?.*/, '')}?sslmode=${mode}`;
  const query = 'SELECT ssl::text FROM pg_stat_ssl WHERE pid = pg_backend_pid()';
  const encrypted = async (server: TestPostgres, sslmode: string, config: object = {}): Promise<string> =>
    (await collect(pgCopyTo({ query, config: { dsn: withMode(server, sslmode), ...config } }))).toString().trim();

  it('require and prefer encrypt with any certificate; disable does not', async () => {
    assert.equal(await encrypted(secure, 'require'), 'true');
    assert.equal(await encrypted(secure, 'prefer'), 'true');
    assert.equal(await encrypted(secure, 'disable'), 'false');
  });

  it('prefer goes on without TLS where there is none, and require refuses to', async () => {
    assert.equal(await encrypted(plain, 'prefer'), 'false');
    const error = await rejection(encrypted(plain, 'require'));
    assert.equal(error['code'], 'CONFIG_INVALID');
    assert.match(error.message, /sslmode=disable/);
  });

  it('verify-ca and verify-full need the authority, and take it; require takes no other than is given', async () => {
    const sslrootcert = secure.caCertificate;
    for (const mode of ['verify-ca', 'verify-full']) {
      assert.equal(await encrypted(secure, mode, { sslrootcert }), 'true');
      assert.equal((await rejection(encrypted(secure, mode)))['code'], 'AUTH_FAILED');
    }
    const other = { sslrootcert: createServerCertificate().ca };
    assert.equal((await rejection(encrypted(secure, 'require', other)))['code'], 'AUTH_FAILED');
    assert.equal(await encrypted(secure, 'prefer', other), 'true');
  });

  it('verify-full needs the name of the server in the certificate as well, and verify-ca does not', async () => {
    // Another address of this machine's, which the certificate does not name.
    const forwarder = createServer((socket) => {
      const target = connect(secure.port, secure.host);
      for (const [end, other] of [
        [socket, target],
        [target, socket],
      ] as const) {
        end.pipe(other);
        end.on('error', () => other.destroy()).on('close', () => other.destroy());
      }
    });
    await once(forwarder.listen(0, '127.0.0.2'), 'listening');
    const { port } = forwarder.address() as AddressInfo;
    const elsewhere = { ...secure, dsn: secure.dsn.replace(`127.0.0.1:${secure.port}`, `127.0.0.2:${port}`) };
    const config = { sslrootcert: secure.caCertificate };
    assert.equal(await encrypted(elsewhere, 'verify-ca', config), 'true');
    const error = await rejection(encrypted(elsewhere, 'verify-full', config));
    assert.equal(error['code'], 'AUTH_FAILED');
    assert.match(error.message, /ERR_TLS_CERT_ALTNAME_INVALID/);
    await closePools();
    forwarder.close();
    await once(forwarder, 'close');
  });

  it('a query is cancelled over TLS as well', async () => {
    const source = pgCopyTo({
      query: 'SELECT n, pg_sleep(0.001) FROM generate_series(1, 1000000) n',
      config: { dsn: withMode(secure, 'require') },
      timeout: 300,
    });
    assert.equal((await rejection(collect(source)))['code'], 'DEADLINE_EXCEEDED');
    assert.equal((await source.settled).cleanup, 'confirmed');
    const active = await secure.admin("SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'COPY%'");
    assert.deepEqual(active, []);
  });

  it('a refused password is AUTH_FAILED and appears nowhere', async () => {
    const dsn = plain.dsn.replace(plain.password, 'c4n4ry');
    const error = await rejection(collect(pgCopyTo({ query, config: { dsn } })));
    assert.deepEqual([error['code'], error['sqlState']], ['AUTH_FAILED', '28P01']);
    assertSilent(error, 'c4n4ry', plain.password);
  });

  it('a port where nobody listens is CONNECTION_FAILED', async () => {
    const error = await rejection(collect(pgCopyTo({ query, config: { dsn: 'postgresql://u@127.0.0.1:1/d' } })));
    assert.deepEqual([error['code'], error['stage'], error['retryable']], ['CONNECTION_FAILED', 'connect', true]);
  });
});
