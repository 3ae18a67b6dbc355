import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseSize } from '../../src/core/size.ts';

describe('core/size', () => {
  it('reads bytes, and strings with each unit, in bytes', () => {
    const cases = [
      [0, 0],
      [5_242_880, 5_242_880],
      ['100B', 100],
      ['5KB', 5_000],
      ['5MB', 5_000_000],
      ['5GB', 5_000_000_000],
      ['50TB', 50_000_000_000_000],
      ['64KiB', 65_536],
      ['8MiB', 8_388_608],
      ['1GiB', 1_073_741_824],
      ['5TiB', 5_497_558_138_880],
      ['1.5MiB', 1_572_864],
      ['1.1MB', 1_100_000],
    ] as const;
    assert.equal(cases.length, 13);
    for (const [value, bytes] of cases) assert.equal(parseSize(value, 'partSize'), bytes, String(value));
  });

  it('refuses everything else with an error that names the option and the forms, and not the value', () => {
    const numbers = [Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2 ** 53];
    const texts = [
      '',
      '5',
      '8 MiB',
      ' 8MiB',
      '8MiB\n',
      '8mib',
      '8Mib',
      '8M',
      '-1B',
      '1e3B',
      '.5MB',
      '0.5B',
      '9999999TiB',
    ];
    const others = [undefined, null, true, 5n, ['5B'], {}];
    const values = [...numbers, ...texts, 'hunter2', '9'.repeat(10_000) + 'B', ...others] as unknown as string[];
    assert.equal(values.length, 26);
    for (const value of values) {
      assert.throws(() => parseSize(value, 'maxBufferedBytes'), {
        name: 'ConfigError',
        code: 'CONFIG_INVALID',
        message: /^maxBufferedBytes must be a size: .*'8MiB'(?!.*hunter2)/,
      });
    }
  });

  it('reads decimals exactly where they give whole bytes', () => {
    fc.assert(
      fc.property(fc.nat(999_999), (thousandths) => {
        const text = (thousandths / 1_000).toFixed(3);
        assert.equal(parseSize(`${text}MB`, 'partSize'), thousandths * 1_000);
      }),
    );
  });
});
