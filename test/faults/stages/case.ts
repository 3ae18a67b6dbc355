/** Plays one case and says everything that must be true of it afterwards. */
import assert from 'node:assert/strict';
import type { Settled } from '../../../src/core/settlement.ts';
import { assertNoListeners } from '../../support/leaks.ts';
import { watchStages } from '../../support/stage-events.ts';
import type { Point, Reach, Scene, StreamPoints } from './points.ts';
import { BOOM, REASON, Strike } from './strike.ts';
import type { Watch, Weapon } from './strike.ts';

/** From the blow to the end of the clean-up: before `cleanupTimeout`, which is 5 s. */
const LIMIT_MS = 4_000;

/** Deadlines to play a case with. One that ran out on the way to the point says nothing: the next is longer. */
const TIMEOUTS_MS = [1_000, 4_000, 16_000];

let cases = 0;

export interface PlayedCase<S extends Scene> {
  readonly stream: StreamPoints<S>;
  readonly point: Point;
  readonly weapon: Weapon;
  readonly watch?: Watch | undefined;
}

/** Strikes one stream at one point. Throws where a promise was not kept. */
export async function playCase<S extends Scene>(played: PlayedCase<S>): Promise<void> {
  for (const timeoutMs of TIMEOUTS_MS) {
    if (await playOnce({ ...played, timeoutMs })) return;
  }
  assert.fail('the operation never came to the point');
}

interface Play<S extends Scene> extends PlayedCase<S> {
  readonly timeoutMs: number;
}

/** Whether the blow fell at the point; only a deadline can fall before it, on a busy machine. */
async function playOnce<S extends Scene>({ stream, point, weapon, timeoutMs, watch }: Play<S>): Promise<boolean> {
  const reach = stream.points[point];
  assert.ok('stage' in reach);
  const profile = `${stream.name}-${point}-${(cases += 1)}`;
  using stages = watchStages(profile);
  const scene = await stream.scene(profile);
  try {
    const strike = new Strike({
      weapon,
      profile,
      stages,
      unaffected: reach.unaffected !== undefined,
      timeoutMs,
      watch,
    });
    const arrangement = await reach.arrange(scene, strike);
    const played = await scene.play(arrangement, strike);
    const failure = await played.pipeline.then(
      () => undefined,
      (error: unknown) => error,
    );
    const settled = await played.settled;
    if (weapon === 'its deadline' && !strike.inTime) return false;
    assertTimely(strike, reach, weapon);
    assert.ok(arrangement.fired?.() ?? true, 'the trap did not close');
    assertTold({ failure, settled, reach, weapon });
    await scene.assertGivenBack();
    await scene.assertDestination(settled.outcome === 'done' ? 'done' : 'not-done');
    assertNoListeners(strike.controller.signal);
    return true;
  } finally {
    await scene.close();
  }
}

function assertTimely<S>({ struckAt, startedAt, timeoutMs }: Strike, reach: Reach<S>, weapon: Weapon): void {
  const endedAt = performance.now();
  if (struckAt === undefined) assert.fail('the operation never came to the point');
  if (weapon !== 'its deadline') {
    assert.ok(endedAt - struckAt < LIMIT_MS, `took ${endedAt - struckAt} ms`);
    return;
  }
  // The clock of the stream began a little later than ours.
  if (reach.unaffected === undefined) assert.ok(endedAt - startedAt >= timeoutMs - 1, 'ended before its time');
  assert.ok(endedAt - startedAt < timeoutMs + LIMIT_MS, `took ${endedAt - startedAt} ms`);
}

interface Told<S> {
  /** What the pipeline rejected with. */
  readonly failure: unknown;
  readonly settled: Settled<unknown>;
  readonly reach: Reach<S>;
  readonly weapon: Weapon;
}

function assertTold<S>({ failure, settled, reach, weapon }: Told<S>): void {
  const { outcome, cleanup, error } = settled;
  const told = { outcome, cleanup, code: error?.code, stage: error?.stage, cause: error?.cause };
  const { stage, unaffected } = reach;
  const confirmed = { cleanup: 'confirmed' } as const;
  if (unaffected === 'first failure') {
    assert.equal(failure, BOOM);
    assert.deepEqual(told, { outcome: 'not-done', ...confirmed, code: 'PIPELINE_FAILED', stage, cause: BOOM });
    return;
  }
  if (unaffected === 'done' && weapon !== "the pipeline's signal") {
    assert.equal(failure, undefined);
    assert.deepEqual(told, { outcome: 'done', ...confirmed, code: undefined, stage: undefined, cause: undefined });
    return;
  }
  const blow =
    weapon === 'its deadline' ? { code: 'DEADLINE_EXCEEDED', cause: undefined } : { code: 'ABORTED', cause: REASON };
  assert.deepEqual(told, { outcome: unaffected ?? 'not-done', ...confirmed, stage, ...blow });
  assert.ok(failure instanceof Error);
  // Node's own error for the pipeline, ours for the stream: both carry the reason.
  assert.equal(failure.name, weapon === 'its deadline' ? 'TimeoutError' : 'AbortError');
  assert.equal(failure.cause, blow.cause);
  if (weapon === 'its signal' || weapon === 'its deadline') assert.deepEqual(failure, error);
}
