import assert from 'node:assert/strict';
import { seeded } from '../../src/testing/chaos-proxy/random.ts';
import { DEFAULT_LIMITS, judge, slope, trends } from './judgement.ts';
import type { Facts } from './judgement.ts';
import type { Sample } from './protocol.ts';

const MIB = 1024 * 1024;

/** A sample a second of a process that holds about the same all the time, after warming up. */
const samplesOf = (
  minutes: number,
  change: (atMs: number, index: number) => Partial<Sample> = () => ({}),
): Sample[] => {
  const draw = seeded(5);
  return Array.from({ length: minutes * 60 }, (_, index) => {
    const atMs = index * 1_000;
    const noise = (draw() - 0.5) * 8 * MIB;
    const calm = {
      rss: 150 * MIB + noise,
      heap: 20 * MIB,
      external: 10 * MIB,
      sockets: index % 7,
      timers: 3,
      others: 2,
    };
    return { atMs, ...calm, ...change(atMs, index) };
  });
};

const factsOf = (facts: Partial<Facts> = {}): Facts => {
  const samples = samplesOf(1);
  const [closed] = samples;
  return {
    ...{ samples, closed: closed && { ...closed, sockets: 0 }, rounds: 20, failedTransfers: 12, spellsFelt: 9 },
    ...{ recoveryMs: 4_000, problems: [], ...facts },
  };
};

const wrongWith = (facts: Partial<Facts>): string => judge(factsOf(facts), DEFAULT_LIMITS).join('\n');

describe('the judgement of a soak', () => {
  it('finds nothing wrong with a run that was as it should be', () => {
    assert.equal(wrongWith({}), '');
    assert.equal(wrongWith({ samples: samplesOf(30) }), '');
  });

  it('finds the slope of a line, and of points around it', () => {
    const draw = seeded(3);
    const points = Array.from({ length: 500 }, (_, x) => ({ x, y: 3 * x + 7 + (draw() - 0.5) * 100 }));
    assert.ok(Math.abs(slope(points) - 3) < 0.1);
    assert.equal(slope([{ x: 1, y: 2 }]), 0);
    assert.equal(slope([]), 0);
    assert.equal(slope([1, 1].map((x, y) => ({ x, y }))), 0);
  });

  for (const minutes of [1, 30]) {
    it(`finds memory that grows through a run of ${minutes} minutes`, () => {
      const grown = 60 * MIB;
      const samples = samplesOf(minutes, (atMs) => ({ external: (atMs / (minutes * 60_000)) * grown }));
      assert.match(wrongWith({ samples }), /external grows: by (39|40)\.\d MiB/);
    });
  }

  it('leaves the first third out: it is warm-up', () => {
    const samples = samplesOf(3, (atMs) => ({ heap: Math.min(atMs, 60_000) * 2_000 }));
    assert.equal(wrongWith({ samples }), '');
    const [heap] = trends(samples, DEFAULT_LIMITS).filter(({ measure }) => measure === 'heap');
    assert.equal(heap?.growth, 0);
    assert.equal(heap.peak, 120_000_000);
  });

  it('finds sockets, timers and other handles that pile up', () => {
    for (const measure of ['sockets', 'timers', 'others'] as const) {
      const samples = samplesOf(1, (_atMs, index) => ({ [measure]: Math.floor(index / 2) }));
      assert.match(wrongWith({ samples }), new RegExp(`^${measure} grows: by 19\\.\\d`));
    }
  });

  it('finds a process that kept a socket, or did not end', () => {
    const [sample] = samplesOf(1, () => ({ sockets: 1 }));
    assert.match(wrongWith({ closed: sample }), /1 sockets are open/);
    assert.match(wrongWith({ closed: undefined }), /did not end by itself/);
  });

  it('finds a recovery that took too long, or did not come', () => {
    assert.match(wrongWith({ recoveryMs: 30_001 }), /30001 ms to recover/);
    assert.match(wrongWith({ recoveryMs: undefined }), /did not recover/);
  });

  it('passes on every problem that was seen on the way', () => {
    assert.equal(wrongWith({ problems: ['a hash differs'] }), 'a hash differs');
  });

  it('finds a run that proves nothing', () => {
    assert.match(wrongWith({ rounds: 0 }), /no round/);
    assert.match(wrongWith({ spellsFelt: 0 }), /no fault/);
    assert.match(wrongWith({ failedTransfers: 0 }), /no transfer failed/);
    assert.match(wrongWith({ samples: samplesOf(1).slice(0, 5) }), /only 5 samples/);
  });
});
