import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { Portal } from '../../../../src/connectors/postgres/rows/portal.ts';
import { COMPLETE, SUSPENDED, dataRow } from './messages.ts';

const BATCH = 10;
const MAX_BYTES = 1_000;

describe('a portal on a wire', () => {
  /** The portal of a query of one text column that is under way, and what was asked of the server since. */
  const begun = async ({ binaryDates = false } = {}) => {
    const wire = new PassThrough();
    const asked: string[] = [];
    const ask = (what: string) => () => void asked.push(what);
    const connection = {
      ...{ stream: wire, query: ask('query'), sendCopyFail: ask('fail'), once: () => undefined },
      ...{ parse: ask('parse'), bind: ask('bind'), describe: ask('describe'), execute: ask('execute') },
      ...{ flush: ask('flush'), sync: ask('sync'), parsedStatements: {}, submittedNamedStatements: {} },
    };
    const portal = await Portal.open({
      ...{ sql: 'SELECT a', params: [], rowMode: 'array', batchSize: BATCH, maxBatchBytes: MAX_BYTES },
      binaryDates,
      parserOf: () => (text) => text,
    });
    wire.on('data', (bytes: Buffer) => {
      // As node-postgres tells it.
      if (bytes.equals(SUSPENDED)) portal.handlePortalSuspended();
      if (bytes[0] === 0x43) portal.handleReadyForQuery();
    });
    portal.submit(connection);
    if (binaryDates) {
      assert.deepEqual(asked.splice(0), ['parse', 'describe', 'flush']);
      return { wire, portal, asked };
    }
    portal.handleRowDescription({ fields: [{ name: 'a', dataTypeID: 25, format: 'text' }] });
    assert.deepEqual(asked.splice(0), ['parse', 'bind', 'describe', 'execute', 'flush']);
    return { wire, portal, asked };
  };
  const rows = (count: number, text = 'x'): Buffer[] => Array.from({ length: count }, () => dataRow([text]));

  it('asks for a batch ahead of the one that is under way, and for no third one', async () => {
    const { wire, portal, asked } = await begun();
    wire.write(Buffer.concat([...rows(BATCH), SUSPENDED]));
    await turn();
    assert.deepEqual([asked.splice(0), portal.isIdle], [['execute', 'flush'], false]);
    assert.equal((await portal.read())?.rows.length, BATCH);
    assert.deepEqual(asked, []);
    const more = portal.read();
    assert.deepEqual(asked.splice(0), ['execute', 'flush']);
    wire.write(dataRow(['x']));
    assert.equal((await more)?.rows.length, 1);
    wire.write(Buffer.concat([...rows(BATCH - 1), SUSPENDED, ...rows(BATCH), SUSPENDED]));
    await turn();
    assert.deepEqual([asked, portal.isIdle], [[], true]);
  });

  it('asks for none ahead of the first one, of which nobody knows whether it is all', async () => {
    const { wire, portal, asked } = await begun();
    wire.write(Buffer.concat(rows(1)));
    await turn();
    await portal.read();
    void portal.read();
    assert.deepEqual(asked, []);
  });

  it('ends its query once, whatever it has asked for beyond the end', async () => {
    const { wire, portal, asked } = await begun();
    wire.write(Buffer.concat([...rows(BATCH), SUSPENDED]));
    await turn();
    await portal.read();
    assert.deepEqual(asked.splice(0), ['execute', 'flush']);
    // Behind the last rows, and behind none.
    portal.handleCommandComplete();
    portal.handleCommandComplete();
    assert.deepEqual(asked, ['sync']);
  });

  it('holds the server back while nobody takes rows of so many bytes, and lets it go on when somebody does', async () => {
    const { wire, portal } = await begun();
    wire.write(dataRow(['x'.repeat(MAX_BYTES)]));
    await turn();
    assert.equal(wire.isPaused(), true);
    await portal.read();
    assert.equal(wire.isPaused(), false);
  });

  it('asks for no batch while it holds so many bytes of the last one', async () => {
    const { wire, portal, asked } = await begun();
    wire.write(Buffer.concat([dataRow(['x'.repeat(MAX_BYTES)]), SUSPENDED]));
    await turn();
    assert.deepEqual(asked, []);
    await portal.read();
    assert.deepEqual(asked, ['execute', 'flush']);
  });

  it('that is left between two batches is ended, not asked for more', async () => {
    const { wire, portal, asked } = await begun();
    const batch = [...rows(BATCH), SUSPENDED];
    wire.write(Buffer.concat(batch));
    await turn();
    wire.write(Buffer.concat(batch));
    await turn();
    assert.deepEqual([asked.splice(0), portal.isIdle], [['execute', 'flush'], true]);
    const over = portal.drain(1_000);
    assert.deepEqual(asked, ['sync']);
    wire.write(COMPLETE);
    await over;
  });

  it('that is left within a batch is ended behind it, and its rows are dropped', async () => {
    const { wire, portal, asked } = await begun();
    const over = portal.drain(1_000);
    wire.write(Buffer.concat([...rows(BATCH), SUSPENDED]));
    await turn();
    assert.deepEqual(asked, ['sync']);
    wire.write(COMPLETE);
    await over;
    assert.equal(await portal.read(), undefined);
  });

  it('that is left while two batches are under way is ended behind the second one', async () => {
    const { wire, portal, asked } = await begun();
    wire.write(Buffer.concat([...rows(BATCH), SUSPENDED]));
    await turn();
    await portal.read();
    void portal.read();
    assert.deepEqual(asked.splice(0), ['execute', 'flush', 'execute', 'flush']);
    const over = portal.drain(1_000);
    wire.write(Buffer.concat([...rows(BATCH), SUSPENDED, ...rows(BATCH)]));
    await turn();
    assert.deepEqual(asked, []);
    wire.write(SUSPENDED);
    await turn();
    assert.deepEqual(asked, ['sync']);
    wire.write(COMPLETE);
    await over;
  });

  it('that is left while its columns are asked for is ended, and asked for no rows', async () => {
    const { wire, portal, asked } = await begun({ binaryDates: true });
    const over = portal.drain(1_000);
    portal.handleRowDescription({ fields: [{ name: 'a', dataTypeID: 1114, format: 'text' }] });
    assert.deepEqual(asked, ['sync']);
    wire.write(COMPLETE);
    await over;
  });

  it('that is left is cut when more than it may read and drop is on its way', async () => {
    const { wire, portal } = await begun();
    void portal.drain(1_000);
    wire.write(Buffer.concat(rows(1, 'x'.repeat(1_001))));
    await turn();
    assert.equal(wire.destroyed, true);
  });
});
