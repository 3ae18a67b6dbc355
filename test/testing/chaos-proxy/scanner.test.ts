import assert from 'node:assert/strict';
import fc from 'fast-check';
import { createScanner } from '../../../src/testing/chaos-proxy/scanner.ts';
import type { Step } from '../../../src/testing/chaos-proxy/scanner.ts';
import type { Rule, Trigger } from '../../../src/testing/chaos-proxy/plan.ts';

const rule = (when: Trigger): Rule => ({ when, do: 'stall' });

/** Feeds the chunks and writes down how many bytes had passed when each rule fired. */
const fired = (rules: readonly Rule[], chunks: readonly Buffer[]) => {
  const scanner = createScanner(rules);
  const steps: Step[] = [...scanner.start(), ...chunks.flatMap((chunk) => scanner.feed(chunk)), ...scanner.end()];
  const passed: Buffer[] = [];
  const at = new Map<Rule, number>();
  for (const step of steps) {
    if ('bytes' in step) passed.push(step.bytes);
    else at.set(step.rule, Buffer.concat(passed).length);
  }
  return { bytes: Buffer.concat(passed), at };
};

const cut = (bytes: Buffer, sizes: readonly number[]): Buffer[] => {
  const chunks: Buffer[] = [];
  let from = 0;
  for (const size of sizes) {
    chunks.push(bytes.subarray(from, from + size));
    from += size;
  }
  return [...chunks, bytes.subarray(from)];
};

describe('the scanner of the chaos proxy', () => {
  it('passes all bytes in order and fires each rule where its bytes are, however they are cut', () => {
    const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 40 }).map((list) => Buffer.from(list.join('')));
    const pattern = fc.array(fc.constantFrom('a', 'b'), { minLength: 1, maxLength: 5 }).map((list) => list.join(''));
    const sizes = fc.array(fc.nat(7), { maxLength: 12 });
    fc.assert(
      fc.property(letters, sizes, pattern, fc.nat(40), (bytes, cuts, text, count) => {
        const after = rule({ pattern: text });
        const before = rule({ pattern: text, before: true });
        const counted = rule({ afterBytes: count });
        const { bytes: passed, at } = fired([after, before, counted], cut(bytes, cuts));
        const found = bytes.indexOf(text);
        assert.deepEqual(passed, bytes);
        assert.equal(at.get(after), found < 0 ? undefined : found + text.length);
        assert.equal(at.get(before), found < 0 ? undefined : found);
        assert.equal(at.get(counted), count > bytes.length ? undefined : count);
      }),
      { numRuns: 2_000 },
    );
  });

  it('holds back no more than the beginning of a pattern', () => {
    const scanner = createScanner([rule({ pattern: 'xyz', before: true })]);
    assert.deepEqual(scanner.feed(Buffer.from('..xy')), [{ bytes: Buffer.from('..') }]);
    assert.deepEqual(scanner.feed(Buffer.from('y')), [{ bytes: Buffer.from('xyy') }]);
  });

  it('passes what it held back when it is disarmed', () => {
    const scanner = createScanner([rule({ pattern: 'xyz', before: true }), rule({ afterBytes: 3 })]);
    scanner.feed(Buffer.from('xy'));
    scanner.disarm();
    assert.deepEqual(scanner.feed(Buffer.from('z')), [{ bytes: Buffer.from('xyz') }]);
  });

  it('refuses an empty pattern', () => {
    assert.throws(() => createScanner([rule({ pattern: '' })]), RangeError);
  });
});
