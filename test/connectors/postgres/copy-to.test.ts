import assert from 'node:assert/strict';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { chunked, collect, csvRows, fingerprint } from '../../support/bytes.ts';
import { describePostgres } from '../../support/postgres.ts';

describePostgres('pgCopyTo', (context) => {
  const config = () => ({ dsn: context().dsn });
  const bytes = csvRows(20_000);

  before(async () => {
    await context().sql('CREATE TABLE t (a int, b text)');
    await pipeline(chunked(bytes), pgCopyFrom({ table: 't', config: config() }));
  });

  it('quotes the values of the columns that it is told to', async () => {
    const query = "SELECT 1 AS a, 'x' AS b, NULL AS c";
    const read = async (forceQuote: readonly string[] | true) =>
      String(await collect(pgCopyTo({ query, forceQuote, config: { dsn: context().dsn } })));
    assert.deepEqual([await read(['b']), await read(true)], ['1,"x",\n', '"1","x",\n']);
  });

  it('gives back exactly what was loaded, and counts it', async () => {
    const source = pgCopyTo({ table: 't', config: config() });
    assert.equal(fingerprint(await collect(source)), fingerprint(bytes));
    assert.equal(source.result?.rows, 20_000);
    assert.equal(source.result.bytes, bytes.length);
    assert.equal((await source.settled).outcome, 'done');
  });

  it('reads a query, with a header, whatever ends it', async () => {
    const sql = 'SELECT a FROM t WHERE a < 3 ORDER BY a';
    for (const query of [sql, `${sql};\n`, `${sql} -- all of them`]) {
      const source = pgCopyTo({ query, header: true, config: config() });
      assert.equal((await collect(source)).toString(), 'a\n0\n1\n2\n');
    }
  });

  it('reads some columns as text and as binary', async () => {
    const text = pgCopyTo({ table: 't', columns: ['b'], format: 'text', config: config() });
    assert.equal((await collect(text)).subarray(0, 12).toString(), 'row 0\nrow 1\n');
    const binary = pgCopyTo({ query: 'SELECT 1', format: 'binary', config: config() });
    assert.equal((await collect(binary)).subarray(0, 6).toString(), 'PGCOPY');
  });

  it('is empty for no rows', async () => {
    const source = pgCopyTo({ query: 'SELECT 1 WHERE false', config: config() });
    assert.equal((await collect(source)).length, 0);
    assert.equal(source.result?.rows, 0);
  });

  it('fails where the query fails, even after rows were sent', async () => {
    const source = pgCopyTo({ query: 'SELECT 1 / (1000 - n) FROM generate_series(1, 2000) n', config: config() });
    await assert.rejects(collect(source), { code: 'BAD_ROW', sqlState: '22012' });
    assert.equal((await source.settled).outcome, 'not-done');
  });

  it('says which table does not exist in no more than a code', async () => {
    await assert.rejects(collect(pgCopyTo({ table: 'nowhere', config: config() })), {
      code: 'NOT_FOUND',
      sqlState: '42P01',
    });
  });

  it('leaves to a client what the server says between its rows', async () => {
    await context().sql(`CREATE FUNCTION said(n int) RETURNS int LANGUAGE plpgsql AS $$
      BEGIN IF n % 1000 = 0 THEN RAISE NOTICE 'row %', n; END IF; RETURN n; END $$`);
    const client = new pg.Client({ connectionString: context().dsn });
    const heard: string[] = [];
    client.on('notice', ({ message }) => heard.push(message ?? ''));
    await client.connect();
    const source = pgCopyTo({ query: 'SELECT said(n) FROM generate_series(1, 5000) n', client });
    assert.equal((await collect(source)).toString().split('\n').length, 5001);
    assert.deepEqual(heard, ['row 1000', 'row 2000', 'row 3000', 'row 4000', 'row 5000']);
    await client.end();
  });

  it('reads a client over a stream that is no socket, and leaves the bytes of that as they are', async () => {
    const tunnel = new Tunnel();
    const client = new pg.Client({ connectionString: context().dsn, stream: () => tunnel });
    await client.connect();
    const source = pgCopyTo({ table: 't', client });
    assert.equal(fingerprint(await collect(source)), fingerprint(bytes));
    assert.deepEqual((await client.query('SELECT 1 AS one')).rows, [{ one: 1 }]);
    await client.end();
    assert.equal(fingerprint(Buffer.concat(tunnel.given)), fingerprint(Buffer.concat(tunnel.asGiven)));
  });
});

/** What stands between a client and its server in other places than here: an SSH channel, a WebSocket. */
class Tunnel extends Duplex {
  readonly #socket = new net.Socket();
  /** The very buffers that were read, and what they held. */
  readonly given: Buffer[] = [];
  readonly asGiven: Buffer[] = [];

  connect(port: number, host: string): void {
    this.#socket.connect(port, host, () => this.emit('connect'));
    this.#socket.on('data', (chunk) => {
      this.given.push(chunk);
      this.asGiven.push(Buffer.from(chunk));
      this.push(chunk);
    });
    this.#socket.on('end', () => this.push(null));
    this.#socket.on('error', (error) => this.destroy(error));
  }

  setNoDelay(): void {
    this.#socket.setNoDelay();
  }

  override _read(): void {
    // The socket pushes.
  }

  override _write(chunk: Buffer, _encoding: string, done: (error?: Error | null) => void): void {
    this.#socket.write(chunk, done);
  }

  override _final(done: () => void): void {
    this.#socket.end(done);
  }
}
