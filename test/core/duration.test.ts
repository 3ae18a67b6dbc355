import assert from 'node:assert/strict';
import fc from 'fast-check';
import { limitMs, parseDuration } from '../../src/core/duration.ts';

describe('core/duration', () => {
  it('reads milliseconds, and strings with each unit, in milliseconds', () => {
    const cases = [
      [0, 0],
      [1_500, 1_500],
      [0.5, 0.5],
      [2 ** 31 - 1, 2 ** 31 - 1],
      ['250ms', 250],
      ['30s', 30_000],
      ['5m', 300_000],
      ['1h', 3_600_000],
      ['0s', 0],
      ['1.5s', 1_500],
      ['1.1s', 1_100],
      ['0.25h', 900_000],
      ['596h', 596 * 3_600_000],
    ] as const;
    assert.equal(cases.length, 13);
    for (const [value, ms] of cases) assert.equal(parseDuration(value, 'timeout'), ms, String(value));
  });

  it('refuses everything else with an error that names the option and the forms, and not the value', () => {
    const numbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -1, -0.1, 2 ** 31];
    const texts = [
      '',
      '5',
      '2 m',
      ' 2m',
      '2m ',
      '2m\n',
      '-1s',
      '+1s',
      '1e3s',
      '.5s',
      '5.s',
      '1d',
      '5S',
      '1,5s',
      '597h',
    ];
    const others = [undefined, null, true, 5n, ['5s'], {}];
    const values = [...numbers, ...texts, 'hunter2', '9'.repeat(400) + 'ms', ...others] as unknown as string[];
    assert.equal(values.length, 29);
    for (const value of values) {
      assert.throws(() => parseDuration(value, 'idleTimeout'), {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message: /^idleTimeout must be a duration: .*'250ms', '30s', '5m' or '1h'(?!.*hunter2)/,
      });
    }
  });

  it('is never 0, nor rounded to it, for those to whom that means no limit', () => {
    assert.deepEqual([0, 0.000_4, 0.4, 1, 1.2, 300_000].map(limitMs), [1, 1, 1, 1, 2, 300_000]);
  });

  it('reads any whole number of a unit exactly', () => {
    const units = fc.constantFrom(['ms', 1] as const, ['s', 1_000] as const, ['m', 60_000] as const);
    fc.assert(
      fc.property(fc.nat(35_000), units, (amount, [unit, ms]) => {
        assert.equal(parseDuration(`${amount}${unit}`, 'timeout'), amount * ms);
      }),
    );
  });
});
