import assert from 'node:assert/strict';
import { assertRefused, checkOf, refusal } from '../check.ts';
import { describeConformance } from '../describe.ts';
import { brokenInLeaving } from './broken/leaving.ts';
import { brokenInReading } from './broken/reading.ts';
import { memorySourceSubject } from './memory.ts';
import { sourceChecks } from './suite.ts';

const brokenSources = [...brokenInReading, ...brokenInLeaving];

describe('the suite of sources', () => {
  describeConformance(sourceChecks, memorySourceSubject('accepts a source that keeps every promise'));

  it('has no promise that every broken source keeps', () => {
    const refusing = new Set(brokenSources.map(({ refusedBy }) => refusedBy));
    const idle = sourceChecks.filter(({ promise }) => !refusing.has(promise));
    assert.deepEqual(
      idle.map(({ promise }) => promise),
      [],
    );
  });

  describe('refuses a source that', () => {
    for (const { what, refusedBy, spoil } of brokenSources) {
      it(`${what}: "${refusedBy}"`, async () => {
        assertRefused(await refusal(checkOf(sourceChecks, refusedBy), memorySourceSubject(what, spoil)));
      });
    }
  });
});
