import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { pipeline } from 'node:stream/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { Deadline } from '../../src/core/deadline.ts';
import type { Stage } from '../../src/core/deadline.ts';
import { Operation } from '../../src/core/operation.ts';
import { chunked, failing, stalling } from '../support/bytes.ts';
import { rejection } from '../support/faults.ts';
import { watchStages } from '../support/stage-events.ts';
import { SINK, bytes, gate, memorySink, memorySource } from './memory-streams.ts';

describe('the stages of an operation', () => {
  it('are told as events with connector, operation, profile and stage, and nothing else', async () => {
    const told: unknown[] = [];
    const listener = (event: unknown): number => told.push(event);
    subscribe('sluice:operation:stage', listener);
    const { sink } = memorySink();
    await pipeline(chunked(bytes('x')), sink);
    unsubscribe('sluice:operation:stage', listener);
    assert.deepEqual(told, [
      { ...SINK, stage: 'open' },
      { ...SINK, stage: 'commit' },
    ]);
  });

  it('end with the clean-up where the stream fails', async () => {
    using stages = watchStages(SINK.profile);
    const { sink } = memorySink();
    await rejection(pipeline(failing(bytes('x'), new Error('broken')), sink));
    assert.deepEqual(stages.seen, ['open', 'cleanup']);
  });

  it('hold no clean-up where nothing was opened', async () => {
    using stages = watchStages(SINK.profile);
    const { sink } = memorySink();
    sink.destroy();
    await sink.settled;
    assert.deepEqual(stages.seen, []);
  });

  it('are not told of an operation that has not begun, or is over', () => {
    using stages = watchStages(SINK.profile);
    const operation = new Operation(SINK);
    operation.stage('open');
    operation.start();
    operation.stage('transfer');
    operation.end({});
    operation.stage('cleanup');
    assert.deepEqual(stages.seen, ['transfer']);
  });

  it('cost nothing when nobody listens: no event is made', () => {
    let reads = 0;
    const info = Object.defineProperty({ ...SINK }, 'profile', { get: () => (reads += 1) });
    const operation = new Operation(info);
    operation.start();
    const before = reads;
    operation.stage('transfer');
    assert.equal(reads, before);
    using stages = watchStages('somebody');
    operation.stage('commit');
    assert.ok(reads > before);
    assert.deepEqual(stages.seen, []);
  });

  const ends: [Stage, string[]][] = [
    ['open', []],
    ['commit', ['write', 'flush']],
  ];
  for (const [stage, calls] of ends) {
    it(`can be the exact moment of an abort: one at the event of '${stage}' is before it`, async () => {
      using stages = watchStages(SINK.profile);
      const user = new AbortController();
      stages.at(stage, () => user.abort('now'));
      const memory = memorySink({ signal: user.signal });
      const error = await rejection(pipeline(chunked(bytes('x')), memory.sink));
      assert.deepEqual([error['code'], error['stage'], error.cause], ['ABORTED', stage, 'now']);
      assert.deepEqual(memory.calls, [...calls, 'abort not-done']);
      assert.equal((await memory.sink.settled).outcome, 'not-done');
    });

    it(`can be the exact moment of an abort of the pipeline: '${stage}'`, async () => {
      using stages = watchStages(SINK.profile);
      const user = new AbortController();
      stages.at(stage, () => user.abort('now'));
      const memory = memorySink();
      await rejection(pipeline(chunked(bytes('x')), memory.sink, { signal: user.signal }));
      const { outcome, error } = await memory.sink.settled;
      assert.deepEqual([outcome, error?.code, error?.stage, error?.cause], ['not-done', 'ABORTED', stage, 'now']);
      assert.deepEqual(memory.calls, [...calls, 'abort not-done']);
    });
  }

  it('stay at the clean-up, whatever arrives late', async () => {
    using stages = watchStages(SINK.profile);
    const clean = gate();
    const { sink, lifecycle } = memorySink({}, { abort: clean.step });
    const done = rejection(pipeline(stalling(bytes('x')), sink, { signal: AbortSignal.timeout(5) }));
    await clean.reached;
    assert.throws(() => lifecycle.deadline.enter('transfer'), { code: 'ABORTED', stage: 'cleanup' });
    lifecycle.deadline.backOff();
    assert.equal(lifecycle.deadline.stage, 'cleanup');
    clean.open(undefined);
    await done;
    assert.deepEqual(stages.seen, ['open', 'cleanup']);
  });
});

describe('a stage whose event ends the operation', () => {
  it('is not gone on with', () => {
    const user = new AbortController();
    const deadline = new Deadline({ signal: user.signal }, () => user.abort('now'));
    assert.throws(() => deadline.enter('connect'), { code: 'ABORTED', stage: 'connect' });
  });
});

describe('the back-off of an operation', () => {
  const watched = () => {
    const told: Stage[] = [];
    const user = new AbortController();
    deadline = new Deadline({ signal: user.signal }, (stage) => told.push(stage));
    deadline.enter('transfer');
    return { told, user, deadline };
  };
  let deadline: Deadline | undefined;
  afterEach(() => deadline?.close());

  it('lasts as long as anything of it waits, and leads back to where it was', () => {
    const { told, deadline } = watched();
    const overs = [deadline.backOff(), deadline.backOff()];
    for (const over of overs) over();
    assert.deepEqual(told, ['transfer', 'backoff', 'transfer']);
  });

  it('leads on to what was entered meanwhile', () => {
    const { told, deadline } = watched();
    const over = deadline.backOff();
    deadline.enter('commit');
    over();
    assert.deepEqual(told, ['transfer', 'backoff', 'commit']);
  });

  it('is the stage that an abort finds', () => {
    const { user, deadline } = watched();
    deadline.backOff();
    user.abort('enough');
    assert.deepEqual([deadline.error?.code, deadline.error?.stage], ['ABORTED', 'backoff']);
  });

  it('is not entered once the commit was sent, which matters more', () => {
    const { told, deadline } = watched();
    deadline.enter('commit');
    deadline.close();
    deadline.backOff()();
    assert.deepEqual(told, ['transfer', 'commit']);
  });

  it('of one request does not become the stage of another one that fails', async () => {
    const held = gate<Buffer>();
    const { source, lifecycle } = memorySource([], {}, { pull: held.step });
    const failed = rejection(source.toArray());
    await held.reached;
    lifecycle.deadline.backOff();
    held.fail(new Error('broken'));
    assert.equal((await failed)['stage'], 'open');
    await turn();
  });
});
