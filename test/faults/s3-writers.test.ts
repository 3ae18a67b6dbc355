import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  BUCKET,
  assertSameBytes,
  connectorRejection,
  patterned,
  requests,
  settingsFor,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, PART, chunked, openSink, stored } from '../connectors/s3/writing.ts';

const SINK = new URL('../../src/connectors/s3/object-sink.ts', import.meta.url).href;

interface Told {
  readonly byte: number;
  readonly outcome: string;
  readonly cleanup: string;
  readonly code?: string;
}

/** Writes `length` bytes of one value to the key in a process of its own, and says what became of it. */
async function inProcess(options: object, byte: number, length: number): Promise<Told> {
  const script = `
    import { Readable } from 'node:stream';
    import { pipeline } from 'node:stream/promises';
    import { s3ObjectSink } from ${JSON.stringify(SINK)};
    const sink = s3ObjectSink(${JSON.stringify(options)});
    await pipeline(Readable.from([Buffer.alloc(${length}, ${byte})]), sink).catch(() => undefined);
    const { outcome, cleanup, error } = await sink.settled;
    console.log(JSON.stringify({ byte: ${byte}, outcome, cleanup, code: error?.code }));
    process.exit(0);`;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [told, said] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  assert.notEqual(told, '', said);
  return JSON.parse(told) as Told;
}

describe('two writers of one key that only one may write', () => {
  const server = useS3Server({ limits: LIMITS });

  for (const { title, length, operation } of [
    { title: 'a small object', length: 100, operation: 'PutObject' },
    { title: 'an object of parts', length: 3 * PART, operation: 'CompleteMultipartUpload' },
  ] as const) {
    it(`in two processes, with ${title}: one writes it whole, the other is told and leaves nothing`, async () => {
      // Both have sent their commit before either is looked at.
      const both = Promise.withResolvers<undefined>();
      const fault = server.s3.on(operation, 'always', { hold: both.promise });
      void server.s3.waitFor(operation, 2).then(() => both.resolve(undefined));
      const target = { bucket: BUCKET, key: 'key', config: settingsFor(server.s3), partSize: PART, limits: LIMITS };
      const options = { ...target, ifNoneMatch: '*' };
      const writers = await Promise.all([1, 2].map((byte) => inProcess(options, byte, length)));
      assert.equal(fault.fired, 2);
      const [winner] = writers.filter(({ outcome }) => outcome === 'done');
      const [loser] = writers.filter(({ outcome }) => outcome !== 'done');
      assert.ok(winner !== undefined && loser !== undefined, JSON.stringify(writers));
      assert.deepEqual(
        { outcome: loser.outcome, code: loser.code, cleanup: loser.cleanup },
        { outcome: 'not-done', code: 'ALREADY_EXISTS', cleanup: 'confirmed' },
      );
      assertSameBytes(stored(server.s3), Buffer.alloc(length, winner.byte));
      assert.deepEqual(server.s3.uploads(), []);
    });

    it(`without that condition, with ${title}: the last one wins, whole`, async () => {
      const sinks = [1, 2, 3, 4].map((byte) => ({ byte, sink: openSink(server.s3) }));
      await Promise.all(sinks.map(({ byte, sink }) => pipeline(chunked(Buffer.alloc(length, byte)), sink)));
      const last = stored(server.s3);
      assertSameBytes(last, Buffer.alloc(length, last[0]));
      for (const { sink } of sinks) assert.equal((await sink.settled).outcome, 'done');
      assert.deepEqual(server.s3.uploads(), []);
    });

    it(`repeats ${title} after a conflict, until it is known whether there is one`, async () => {
      const conflict = server.s3.on(operation, 1, { status: 409, code: 'ConditionalRequestConflict' });
      const data = patterned(length);
      const sink = openSink(server.s3, { ifNoneMatch: '*' });
      await pipeline(chunked(data), sink);
      assert.equal(conflict.fired, 1);
      assert.equal(requests(server.s3, operation).length, 2);
      assertSameBytes(stored(server.s3), data);
    });

    it(`finds the other’s object after a conflict, with ${title}`, async () => {
      const conflict = server.s3.on(operation, 1, { status: 409, code: 'ConditionalRequestConflict' });
      server.s3.on(operation, 1, { call: () => void server.s3.putObject(BUCKET, 'key', 'theirs') });
      const sink = openSink(server.s3, { ifNoneMatch: '*' });
      const error = await connectorRejection(pipeline(chunked(patterned(length)), sink));
      assert.equal(conflict.fired, 1);
      assert.deepEqual(
        { code: error.code, outcome: error.outcome, status: error.status },
        { code: 'ALREADY_EXISTS', outcome: 'not-done', status: 412 },
      );
      assert.equal(stored(server.s3).toString(), 'theirs');
      assert.equal((await sink.settled).cleanup, 'confirmed');
      assert.deepEqual(server.s3.uploads(), []);
    });
  }

  it('writes nothing before its end, so that a reader sees the older object until then', async () => {
    server.s3.putObject(BUCKET, 'key', 'older');
    const sink = openSink(server.s3);
    sink.write(BYTES);
    await server.s3.waitFor('UploadPart', 4, 'ended');
    assert.equal(stored(server.s3).toString(), 'older');
    sink.end();
    await once(sink, 'finish');
    assertSameBytes(stored(server.s3), BYTES);
  });
});
