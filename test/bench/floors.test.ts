import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { cases } from '../../bench/cases/index.ts';
import { contendersOf, isDoubtful, judge, relaxed, suggestHeld, verdict } from '../../bench/harness/floors.ts';
import type { Floor, Verdict } from '../../bench/harness/floors.ts';
import type { PathResult } from '../../bench/harness/result.ts';
import type { ContenderResult } from '../../bench/harness/rounds.ts';
import { selectPaths } from '../../bench/harness/select.ts';

const MIB = 1024 * 1024;
const floors = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../bench/floors.json'), 'utf8'),
) as readonly Floor[];

describe('bench/floors.json', () => {
  it('names paths that there are, once for each figure', () => {
    for (const { path: name } of floors) assert.equal(selectPaths(cases, [name]).length, 1, name);
    const figures = floors.map((floor) => `${floor.path} ${floor.metric} ${floor.peer ?? ''} ${floor.contender ?? ''}`);
    assert.equal(new Set(figures).size, floors.length);
  });

  it('covers every path', () => {
    const all = selectPaths(cases, []).map(({ benchCase, path: { name } }) => `${benchCase.name}/${name}`);
    assert.deepEqual(new Set(floors.map((floor) => floor.path)), new Set(all));
  });

  it('asks for something in every row, and gives a reason for whatever is held below its floor', () => {
    const page = readFileSync(path.join(import.meta.dirname, '../../docs/benchmarks.md'), 'utf8');
    const anchors = [...page.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) => anchor(title));
    for (const { floor, goal, held, why, path: name } of floors) {
      assert.ok((floor ?? goal) !== undefined, name);
      assert.equal(held === undefined, why === undefined, name);
      if (why !== undefined) assert.ok(anchors.includes(why), `${name}: no heading for ${why}`);
    }
  });
});

describe('a floor', () => {
  const floor: Floor = { path: 'x/y', metric: 'throughput', peer: 'p', floor: 1.5, goal: 2, held: 1.2, why: '#z' };
  const said = (of: Floor, mean: number, low: number, high: number): Verdict =>
    verdict(of, { mean, low, high, count: 5 });

  it('is reached, and so is its goal, by the mean', () => {
    assert.equal(said(floor, 2.1, 1.4, 2.8), 'goal');
    assert.equal(said(floor, 1.6, 1.1, 2.1), 'floor');
  });

  it('holds what was reached before while it is not reached itself', () => {
    assert.equal(said(floor, 1.3, 1.25, 1.35), 'held');
  });

  it('is lost only when the whole interval is worse', () => {
    assert.equal(said(floor, 1.1, 0.9, 1.3), 'below');
    assert.equal(said(floor, 1.1, 1.05, 1.15), 'failed');
    assert.equal(said({ path: 'x/y', metric: 'throughput', floor: 1.5 }, 1.4, 1.35, 1.45), 'failed');
  });

  it('counts the other way round where less is better', () => {
    const cpu: Floor = { path: 'x/y', metric: 'cpu', peer: 'p', floor: 0.7, goal: 0.5 };
    assert.equal(said(cpu, 0.4, 0.3, 0.6), 'goal');
    assert.equal(said(cpu, 0.6, 0.5, 0.8), 'floor');
    assert.equal(said(cpu, 0.8, 0.65, 0.95), 'below');
    assert.equal(said(cpu, 0.8, 0.75, 0.85), 'failed');
  });

  it('that is a goal alone never fails', () => {
    assert.equal(said({ path: 'x/y', metric: 'throughput', goal: 2 }, 0.1, 0.09, 0.11), 'held');
  });

  it('is doubted before it is lost', () => {
    const judgement = judge({ path: 'x/y', metric: 'throughput', peer: 'peer', floor: 3 }, result('full'));
    assert.equal(judgement.verdict, 'failed');
    assert.ok(isDoubtful(judgement));
  });

  it('that is not reached comes with what could be held instead', () => {
    const estimate = { mean: 2, low: 1.8, high: 2.2, count: 5 };
    assert.equal(suggestHeld({ floor, estimate, verdict: 'failed' }), 1.6);
    assert.equal(suggestHeld({ floor: { ...floor, metric: 'cpu' }, estimate, verdict: 'failed' }), 2.4);
  });

  it('may be a share worse on a machine that others use too, and so may what is held', () => {
    assert.deepEqual(relaxed({ path: 'x/y', metric: 'wire', floor: 1.1, goal: 2, held: 0.55 }, 0.1), {
      ...{ path: 'x/y', metric: 'wire', goal: 2 },
      ...{ floor: 1, held: 0.5 },
    });
    assert.deepEqual(relaxed({ path: 'x/y', metric: 'growth', floor: 2 }, 0.5), {
      ...{ path: 'x/y', metric: 'growth', floor: 3 },
    });
  });

  it('needs its own contenders and no others', () => {
    const wire: Floor = { path: 'x/y', metric: 'wire', floor: 0.8 };
    assert.deepEqual(contendersOf([floor, wire, { ...floor, contender: 'ours (small)' }]), [
      'ours',
      'p',
      'ours (small)',
    ]);
  });
});

describe('a figure', () => {
  const mean = (floor: Floor, scale: PathResult['scale'] = 'full'): number => judge(floor, result(scale)).estimate.mean;
  const near = (actual: number, expected: number): void =>
    assert.ok(Math.abs(actual - expected) < 1e-9, `${actual} instead of ${expected}`);

  it('compares the same round with the same round', () => {
    near(mean({ path: 'x/y', metric: 'throughput', peer: 'peer', floor: 1 }), 2);
    near(mean({ path: 'x/y', metric: 'wall', peer: 'peer', floor: 1 }), 0.5);
    near(mean({ path: 'x/y', metric: 'cpu', peer: 'peer', floor: 1 }), 0.25);
    near(mean({ path: 'x/y', metric: 'memory', peer: 'peer', floor: 1 }), 15);
  });

  it('leaves start-up out of short runs', () => {
    // Ours: 2 - 0.5 and 4 - 0.5 s; the peer: 4 - 1 and 8 - 1 s.
    near(mean({ path: 'x/y', metric: 'wall', peer: 'peer', floor: 1 }, 'short'), 0.5);
    // 300 MB in 1.5 and 3.5 s over 200 MB/s.
    near(mean({ path: 'x/y', metric: 'wire', floor: 1 }, 'short'), 1 / Math.sqrt(1.5 * 3.5) / (200 / 300));
  });

  it('shares the wire and the memory that are allowed', () => {
    near(mean({ path: 'x/y', metric: 'wire', floor: 1 }), 300 / Math.sqrt(8) / 200);
    near(mean({ path: 'x/y', metric: 'growth', floor: 1 }), 0.5);
  });

  it('of a contender or a bound that the path lacks is an error, not a pass', () => {
    assert.throws(() => mean({ path: 'x/y', metric: 'cpu', peer: 'nobody', floor: 1 }), /no contender 'nobody'/);
    const unlimited = { ...result('full') };
    delete (unlimited as { limitMBps?: number }).limitMBps;
    assert.throws(() => judge({ path: 'x/y', metric: 'wire', floor: 1 }, unlimited), /no limitMBps/);
  });
});

/** Two rounds: ours in 2 and 4 s with a quarter of the CPU, the peer in 4 and 8 s. */
function result(scale: PathResult['scale']): PathResult {
  const sample = (wallS: number, cpuS: number, mib: number) => ({
    wallS,
    cpuS,
    residentBytes: mib * MIB,
    residentSumBytes: mib * MIB,
  });
  const ours: ContenderResult = {
    name: 'ours',
    role: 'ours',
    samples: [sample(2, 1, 150), sample(4, 2, 150)],
    idle: [sample(0.5, 0.1, 100)],
  };
  const peer: ContenderResult = {
    name: 'peer',
    role: 'peer',
    samples: [sample(4, 4, 10), sample(8, 8, 10)],
    idle: [sample(1, 0.4, 10)],
  };
  const about = {
    case: 'x',
    path: 'y',
    title: '',
    scale,
    date: '',
    loadBefore: 0,
    bytes: 300e6,
    limitMBps: 200,
    budgetBytes: 100 * MIB,
  };
  return { ...about, contenders: [ours, peer] };
}

/** As GitHub makes it of a heading. */
function anchor(title: string): string {
  return `#${title
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')}`;
}
