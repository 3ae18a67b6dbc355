import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { PartLimits, PartPlan } from '../../src/core/part-plan.ts';
import { largestObject, partSizeFor, planParts } from '../../src/core/part-plan.ts';

const MiB = 2 ** 20;
const GiB = 2 ** 30;
const TiB = 2 ** 40;
const TINY: PartLimits = { minPartSize: 5, maxPartSize: 100, maxParts: 5, maxObjectSize: 300 };
const S3_5_TIB: PartLimits = { minPartSize: 5 * MiB, maxPartSize: 5 * GiB, maxParts: 10_000, maxObjectSize: 5 * TiB };
const S3_50_TB: PartLimits = { ...S3_5_TIB, maxObjectSize: 50e12 };

/** Limits of any service, a preferred size within them, and a memory budget of at least that. */
const services = fc
  .record({
    min: fc.nat(1_000),
    span: fc.nat(10_000),
    maxParts: fc.integer({ min: 1, max: 300 }),
    share: fc.nat(1_000),
  })
  .map(({ min, span, maxParts, share }): PartLimits => {
    const maxPartSize = min + 1 + span;
    const maxObjectSize = Math.max(1, Math.floor((maxPartSize * maxParts * share) / 1_000));
    return { minPartSize: min + 1, maxPartSize, maxParts, maxObjectSize };
  });
const limits = fc.oneof(services, fc.constantFrom(TINY, S3_5_TIB, S3_50_TB));
const fraction = fc.double({ min: 0, max: 1, noNaN: true });

const between = (least: number, most: number, share: number): number => least + Math.floor((most - least) * share);

/** The sizes of all parts of an object of `bytes`, checked against the limits. */
function assertLegal(plan: PartPlan, bytes: number, { minPartSize, maxPartSize, maxParts }: PartLimits): number[] {
  const sizes: number[] = [];
  let rest = bytes;
  plan.assertFits(bytes);
  while (rest > 0) {
    const size = plan.sizeAt(sizes.length);
    assert.ok(Number.isSafeInteger(size) && size >= minPartSize && size <= maxPartSize, `part of ${size} bytes`);
    assert.ok(size >= (sizes.at(-1) ?? 0), 'parts never become smaller');
    sizes.push(size);
    rest -= size;
  }
  assert.ok(sizes.length <= maxParts, `${sizes.length} parts`);
  return sizes;
}

describe('core/part-plan', () => {
  it('is legal for every service, budget and length up to its largest object', () => {
    fc.assert(
      fc.property(limits, fraction, fraction, fraction, fc.boolean(), (service, prefer, memory, length, uniform) => {
        const preferredPartSize = between(service.minPartSize, service.maxPartSize, prefer ** 4);
        const maxPartBytes = between(preferredPartSize, service.maxPartSize, memory);
        const plan = planParts({ limits: service, preferredPartSize, maxPartBytes, uniform });
        assertLegal(plan, between(0, plan.largestObject, length), { ...service, maxPartSize: maxPartBytes });
        assertLegal(plan, plan.largestObject, { ...service, maxPartSize: maxPartBytes });
        assert.ok(plan.largestObject <= service.maxObjectSize);
      }),
    );
  });

  it('is legal for any hint, for the hinted length and for any other', () => {
    fc.assert(
      fc.property(limits, fraction, fraction, fraction, fc.boolean(), (service, prefer, hint, length, uniform) => {
        const preferredPartSize = between(service.minPartSize, service.maxPartSize, prefer ** 4);
        const expectedBytes = between(0, service.maxObjectSize, hint);
        const plan = planParts({ limits: service, preferredPartSize, expectedBytes, uniform });
        assert.ok(plan.largestObject >= expectedBytes);
        const sizes = assertLegal(plan, expectedBytes, service);
        assert.ok(new Set(sizes).size <= 1, 'the hinted bytes travel in parts of one size');
        assertLegal(plan, between(0, plan.largestObject, length), service);
      }),
    );
  });

  it("reaches the service's largest object from any preferred size that leaves room for it", () => {
    fc.assert(
      fc.property(limits, fraction, (service, prefer) => {
        const preferredPartSize = between(service.minPartSize, service.maxPartSize, prefer);
        fc.pre(preferredPartSize + (service.maxParts - 1) * service.maxPartSize >= service.maxObjectSize);
        assert.equal(planParts({ limits: service, preferredPartSize }).largestObject, service.maxObjectSize);
      }),
    );
  });

  it('keeps the preferred size for the first 1,000 parts of S3 and doubles it for each further 1,000', () => {
    const plan = planParts({ limits: S3_5_TIB, preferredPartSize: 8 * MiB });
    assert.deepEqual(
      [0, 999, 1_000, 1_999, 2_000, 9_000, 9_999].map((index) => plan.sizeAt(index) / MiB),
      [8, 8, 16, 16, 32, 4_096, 4_096],
    );
    assert.equal(plan.largestObject, 5 * TiB);
  });

  it('grows sooner where the service takes larger objects', () => {
    const plan = planParts({ limits: S3_50_TB, preferredPartSize: 8 * MiB });
    assert.equal(plan.largestObject, 50e12);
    assert.equal(plan.sizeAt(50), 8 * MiB);
    assert.equal(plan.sizeAt(9_999), 5 * GiB);
  });

  it('publishes the largest object per memory budget, which never falls as the budget rises', () => {
    const published = [8, 16, 44, 64, 88, 512, 1_024].map((budget) => {
      return Math.floor(largestObject(budget * MiB, 8 * MiB, S3_5_TIB) / GiB);
    });
    assert.deepEqual(published, [78, 148, 355, 492, 632, 2_492, 5_120]);
    const budgets = fc.tuple(fc.integer({ min: 8, max: 5_120 }), fc.integer({ min: 8, max: 5_120 }));
    fc.assert(
      fc.property(budgets, fc.constantFrom(S3_5_TIB, S3_50_TB), ([one, other], service) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        assert.ok(largestObject(less * MiB, 8 * MiB, service) <= largestObject(more * MiB, 8 * MiB, service));
      }),
      { numRuns: 30 },
    );
  });

  it('follows a hint with one size and half of the parts to spare', () => {
    const plan = planParts({ limits: S3_5_TIB, preferredPartSize: 8 * MiB, expectedBytes: 100 * GiB });
    assert.equal(plan.sizeAt(0), Math.ceil((100 * GiB) / 5_000));
    assert.equal(plan.sizeAt(4_999), plan.sizeAt(0));
    assert.equal(plan.sizeAt(5_000), plan.sizeAt(0) * 2);
    assert.equal(planParts({ limits: S3_5_TIB, preferredPartSize: 8 * MiB, expectedBytes: 1 }).sizeAt(0), 8 * MiB);
  });

  it('never grows in uniform mode, and refuses what would not fit', () => {
    const hinted = planParts({ limits: TINY, preferredPartSize: 5, expectedBytes: 33, uniform: true });
    assert.deepEqual([hinted.sizeAt(0), hinted.sizeAt(4), hinted.largestObject], [7, 7, 35]);
    const unhinted = planParts({ limits: TINY, preferredPartSize: 5, uniform: true });
    assert.deepEqual([unhinted.sizeAt(0), unhinted.sizeAt(4), unhinted.largestObject], [5, 5, 25]);
    unhinted.assertFits(25);
    assert.throws(() => unhinted.assertFits(26), { name: 'PermanentError', code: 'TOO_LARGE' });
  });

  it('refuses a hint beyond the service, or beyond the memory budget, before the first byte', () => {
    for (const expectedBytes of [301, 1e9]) {
      assert.throws(() => planParts({ limits: TINY, preferredPartSize: 5, expectedBytes }), { code: 'TOO_LARGE' });
    }
    const tight = { limits: TINY, preferredPartSize: 5, maxPartBytes: 10 };
    assert.equal(planParts({ ...tight, expectedBytes: 50 }).largestObject, 50);
    assert.throws(() => planParts({ ...tight, expectedBytes: 51 }), { code: 'TOO_LARGE' });
  });

  it('refuses a part beyond the last and bytes beyond the largest object', () => {
    const plan = planParts({ limits: TINY, preferredPartSize: 5 });
    assert.equal(plan.largestObject, 300);
    plan.assertFits(300);
    assert.throws(() => plan.assertFits(301), { code: 'TOO_LARGE' });
    assert.throws(() => plan.sizeAt(5), { code: 'TOO_LARGE', message: /at most 5 parts/ });
  });

  it('refuses a preferred size outside of the limits or the memory budget', () => {
    for (const preferredPartSize of [4, 101, 5.5, Number.NaN]) {
      assert.throws(() => planParts({ limits: TINY, preferredPartSize }), { code: 'CONFIG_INVALID' });
    }
    assert.throws(() => planParts({ limits: TINY, preferredPartSize: 20, maxPartBytes: 10 }), {
      code: 'CONFIG_INVALID',
    });
  });

  it('gives a known length the preferred size, or the smallest that makes do with the parts', () => {
    assert.equal(partSizeFor(0, 8 * MiB, S3_5_TIB), 8 * MiB);
    assert.equal(partSizeFor(8 * MiB * 10_000, 8 * MiB, S3_5_TIB), 8 * MiB);
    assert.equal(partSizeFor(8 * MiB * 10_000 + 1, 8 * MiB, S3_5_TIB), 8 * MiB + 1);
    fc.assert(
      fc.property(limits, fraction, (service, share) => {
        const bytes = between(0, service.maxObjectSize, share);
        const size = partSizeFor(bytes, service.minPartSize, service);
        assert.ok(size >= service.minPartSize && size <= service.maxPartSize);
        assert.ok(Math.ceil(bytes / size) <= service.maxParts);
      }),
    );
    assert.throws(() => partSizeFor(5 * TiB + 1, 8 * MiB, S3_5_TIB), { code: 'TOO_LARGE' });
  });
});
