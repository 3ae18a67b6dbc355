import assert from 'node:assert/strict';
import { once } from 'node:events';
import { pgCopyFrom } from '../../src/connectors/postgres/index.ts';
import { assertSilent } from '../support/faults.ts';
import { eventually } from '../support/leaks.ts';
import { describePostgres } from '../support/postgres.ts';

const HUGE = 100 * 1024 * 1024;

describePostgres('pgCopyFrom', (context) => {
  beforeEach(() => context().sql('DROP TABLE IF EXISTS t; CREATE TABLE t (v text)'));
  const open = (options: object = {}) => pgCopyFrom({ table: 't', config: { dsn: context().dsn }, ...options });
  const values = async () => (await context().sql('SELECT v FROM t')).map(({ v }) => v);

  it('takes strings in their encodings, empty chunks, corked writes and a last chunk at the end', async () => {
    const sink = open();
    sink.write('é\n', 'latin1');
    sink.write('c3a90a', 'hex');
    sink.write('');
    sink.write(Buffer.alloc(0));
    sink.cork();
    sink.write(new Uint8Array([0x78, 0x0a]));
    sink.write('y\n');
    sink.uncork();
    sink.end('z\n');
    await once(sink, 'finish').catch((error: unknown) => error);
    const settled = await sink.settled;
    assert.equal(settled.error?.code, 'BAD_ROW');
    const good = open({ encoding: 'LATIN1' });
    good.write('é\n', 'latin1');
    good.cork();
    good.write('');
    good.write('y\n');
    good.uncork();
    good.end('z\n');
    await once(good, 'finish');
    assert.deepEqual(await values(), ['é', 'y', 'z']);
  });

  it('takes 10,000 chunks of a few bytes', async () => {
    const sink = open();
    for (let n = 0; n < 10_000; n += 1) sink.write(`${n}\n`);
    sink.end();
    assert.equal((await sink.settled).result?.rows, 10_000);
  });

  it('takes a field of 100 MiB', async function () {
    this.timeout(60_000);
    const sink = open();
    sink.end(Buffer.alloc(HUGE, 'x'));
    assert.equal((await sink.settled).result?.rows, 1);
    assert.deepEqual(await context().sql('SELECT length(v) AS length FROM t'), [{ length: HUGE }]);
  });

  for (const state of ['made', 'opening', 'writing', 'ending'] as const) {
    it(`destroyed twice while ${state} settles once and loads nothing`, async () => {
      const sink = open();
      sink.on('error', () => undefined);
      if (state !== 'made') sink.write('x\n');
      if (state === 'writing') await eventually(() => assert.ok(sink.progress.bytes > 0));
      if (state === 'ending') sink.end();
      sink.destroy(new Error('first'));
      sink.destroy(new Error('second'));
      const settled = await sink.settled;
      assert.deepEqual([settled.outcome, settled.cleanup], ['not-done', 'confirmed']);
      assert.equal((settled.error?.cause as Error).message, 'first');
      assert.deepEqual(await values(), []);
    });
  }

  it('tells neither the server nor its log why it was aborted', async () => {
    const abort = new AbortController();
    const sink = open({ signal: abort.signal });
    sink.on('error', () => undefined);
    sink.write('x\n');
    await eventually(() => assert.ok(sink.progress.bytes > 0));
    abort.abort(new Error('t0p r34s0n'));
    await sink.settled;
    await eventually(async () => assert.match(await context().server.log(), /COPY was aborted by the client/));
    assertSilent(await context().server.log(), 't0p r34s0n');
  });
});
