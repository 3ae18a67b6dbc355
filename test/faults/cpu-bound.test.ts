import assert from 'node:assert/strict';
import { Transform, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { openSource } from '../connectors/s3/reading.ts';
import { connectorRejection, readAll, useS3Server } from '../connectors/s3/support.ts';
import { assertNothingLeft, openSink } from '../connectors/s3/writing.ts';

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

describe('a pipeline that is bound by the processor', () => {
  const server = useS3Server();

  // What is loaded on first use takes longer than the deadline on a busy machine.
  beforeEach(() => readAll(openSource(server.s3)));

  /** Whatever the machine, the chunk under way when the time ran out is the last but one. */
  const assertHonoured = (startedAt: readonly number[], endsAt: number): void => {
    assert.ok(startedAt.length > 1, `${startedAt.length} chunks`);
    const late = startedAt.filter((at) => at > endsAt).length;
    assert.ok(late <= 1, `${late} chunks were worked on after the time had run out`);
  };

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
