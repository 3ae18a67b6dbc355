import assert from 'node:assert/strict';
import { Transform, Writable } from 'node:stream';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { decodeCopy, encodeCopy, pgCopyRows, pgQueryRows } from '../../src/connectors/postgres/index.ts';
import { ForeignWire } from '../connectors/postgres/rows/foreign-wire.ts';
import type { LifecycleOptions } from '../../src/core/lifecycle.ts';
import { openSource } from '../connectors/s3/reading.ts';
import { connectorRejection, readAll, useS3Server } from '../connectors/s3/support.ts';
import { assertNothingLeft, openSink } from '../connectors/s3/writing.ts';
import { describePostgres } from '../support/postgres.ts';

/** What a stream's buffer holds: with smaller ones, the stages would work ahead of each other. */
const CHUNK_BYTES = 64 * 1024;
const TIMEOUT_MS = 300;
/** More than half of the promised 100 ms, without a turn for any timer. */
const CHUNK_MS = 60;

/** Uses the processor for a chunk, and notes when it began. */
function work(startedAt: number[]): void {
  const now = performance.now();
  startedAt.push(now);
  while (performance.now() < now + CHUNK_MS);
}

/** Whatever the machine, what was under way when the time ran out is the last but one. */
function assertHonoured(startedAt: readonly number[], endsAt: number, most = 1): void {
  assert.ok(startedAt.length > 1, `${startedAt.length} were worked on`);
  const late = startedAt.filter((at) => at > endsAt).length;
  assert.ok(late <= most, `${late} were worked on after the time had run out`);
}

describe('a pipeline that is bound by the processor', () => {
  const server = useS3Server();

  // What is loaded on first use takes longer than the deadline on a busy machine.
  beforeEach(() => readAll(openSource(server.s3)));

  it('stops reading within a chunk of its deadline', async () => {
    const startedAt: number[] = [];
    const source = openSource(server.s3, { timeout: TIMEOUT_MS, partSize: 1_000 });
    const endsAt = performance.now() + TIMEOUT_MS;
    const busy = new Transform({
      transform(chunk, _encoding, callback) {
        work(startedAt);
        callback(null, chunk);
      },
    });
    const sink = new Writable({ write: (_chunk, _encoding, callback) => callback() });
    const error = await connectorRejection(pipeline(source, busy, sink));
    assert.deepEqual([error.code, error.stage], ['DEADLINE_EXCEEDED', 'transfer']);
    assertHonoured(startedAt, endsAt);
  });

  it('stops writing within a chunk of its deadline, and leaves nothing', async () => {
    const startedAt: number[] = [];
    const sink = openSink(server.s3, { key: 'new', timeout: TIMEOUT_MS, partSize: '5MiB', limits: undefined });
    const endsAt = performance.now() + TIMEOUT_MS;
    const busy = function* (): Generator<Buffer> {
      for (;;) {
        work(startedAt);
        yield Buffer.alloc(CHUNK_BYTES);
      }
    };
    const error = await connectorRejection(pipeline(busy, sink));
    assert.equal(error.code, 'DEADLINE_EXCEEDED');
    assertHonoured(startedAt, endsAt);
    await sink.settled;
    assertNothingLeft(server.s3, 'new');
  });
});

/** Many times as much as is worked on before the end, on any machine. */
const ROWS = 5_000_000;
const SOON_MS = 30;

describe('rows of COPY that are made without a pause', () => {
  /** What becomes of a pipeline whose signal fires soon, and how many rows it had worked on. */
  const stopped = async (run: (counted: () => void, signal: AbortSignal) => Promise<void>): Promise<number> => {
    let rows = 0;
    await assert.rejects(
      run(() => (rows += 1), AbortSignal.timeout(SOON_MS)),
      { name: 'AbortError' },
    );
    return rows;
  };

  const readers: [
    how: string,
    read: (counted: () => void) => Writable | ((rows: AsyncIterable<unknown>) => Promise<void>),
  ][] = [
    [
      'a loop',
      (counted) => async (rows) => {
        for await (const row of rows) if (row !== undefined) counted();
      },
    ],
    [
      'a stream',
      (counted) =>
        new Writable({
          objectMode: true,
          write(_row, _encoding, callback) {
            counted();
            callback();
          },
        }),
    ],
  ];
  for (const [how, read] of readers) {
    it(`are stopped by a signal while one large chunk is decoded for ${how}`, async () => {
      const chunk = Buffer.alloc(2 * ROWS, '1\n');
      const rows = await stopped((counted, signal) =>
        pipeline([chunk], decodeCopy({ columns: ['a'], format: 'text' }), read(counted), { signal }),
      );
      assert.ok(rows < ROWS, `${rows} rows`);
    });
  }

  it('are stopped by a signal while they are encoded', async () => {
    const rows = await stopped((counted, signal) => {
      const given = function* (): Generator {
        for (let n = 0; n < ROWS; n += 1) {
          counted();
          yield [n];
        }
      };
      const sink = new Writable({ write: (_bytes, _encoding, callback) => callback() });
      return pipeline(given(), encodeCopy({ columns: ['a'], format: 'text' }), sink, { signal });
    });
    assert.ok(rows < ROWS, `${rows} rows`);
  });
});

describePostgres('rows that are loaded without a pause', (context) => {
  for (const format of ['text', 'binary'] as const) {
    it(`are stopped by the deadline as ${format}, and leave nothing`, async () => {
      await context().sql('CREATE TABLE endless (a int)');
      const given = function* (): Generator {
        for (let n = 0; ; n += 1) yield [n % 1_000];
      };
      const sink = pgCopyRows({ table: 'endless', format, config: { dsn: context().dsn }, timeout: TIMEOUT_MS });
      const error = await connectorRejection(pipeline(given(), sink));
      assert.equal(error.code, 'DEADLINE_EXCEEDED');
      assert.equal((await sink.settled).outcome, 'not-done');
      assert.deepEqual(await context().sql('SELECT count(*)::int AS n FROM endless'), [{ n: 0 }]);
      await context().sql('DROP TABLE endless');
    });
  }
});

describePostgres('a query whose rows are worked on without a pause', (context) => {
  let pool: pg.Pool;
  afterEach(() => pool.end());
  const wires: [wire: string, config: pg.PoolConfig][] = [
    ['a socket', {}],
    ['a foreign wire', { stream: () => new ForeignWire() as unknown as Duplex }],
  ];
  const workers: [
    how: string,
    worker: (startedAt: number[]) => Writable | ((rows: AsyncIterable<unknown>) => Promise<void>),
  ][] = [
    [
      'a loop',
      (startedAt) => async (rows) => {
        for await (const row of rows) if (row !== undefined) work(startedAt);
      },
    ],
    [
      'a stream',
      (startedAt) =>
        new Writable({
          objectMode: true,
          write(_row, _encoding, callback) {
            work(startedAt);
            callback();
          },
        }),
    ],
  ];
  // A signal's own timer may have to wait for one more turn.
  const ends: [end: string, options: () => LifecycleOptions, code: string, late: number][] = [
    ['its deadline', () => ({ timeout: TIMEOUT_MS }), 'DEADLINE_EXCEEDED', 1],
    ['a signal', () => ({ signal: AbortSignal.timeout(TIMEOUT_MS) }), 'ABORTED', 4],
  ];
  for (const [wire, config] of wires) {
    for (const [how, worker] of workers) {
      for (const [end, options, code, late] of ends) {
        it(`is stopped by ${end} within a row, over ${wire}, in ${how}, and the connection stays`, async () => {
          pool = new pg.Pool({ connectionString: context().dsn, max: 1, ...config });
          await pool.query('SELECT 1');
          const startedAt: number[] = [];
          // All in one batch, and seconds of work.
          const rows = pgQueryRows('SELECT generate_series(1, 50)', [], { client: pool, ...options() });
          const endsAt = performance.now() + TIMEOUT_MS;
          const error = await connectorRejection(pipeline(rows, worker(startedAt)));
          assert.equal(error.code, code);
          assertHonoured(startedAt, endsAt, late);
          const { outcome, cleanup } = await rows.settled;
          assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
          assert.equal((await pool.query('SELECT 1')).rowCount, 1);
        });
      }
    }
  }
});
