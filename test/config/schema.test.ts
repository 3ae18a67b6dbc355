import assert from 'node:assert/strict';
import type { GenericSchema } from 'valibot';
import { check, described } from '../../src/config/check.ts';
import { boolean, duration, integer, isSecret, secret, size, text } from '../../src/config/schema.ts';

const REFUSED = Symbol('refused');

function read(field: GenericSchema, given: unknown): unknown {
  const { value, problems } = check(field, given);
  if (problems.length === 0) return value;
  const told = problems.map((problem) => described(problem, 'field')).join();
  assert.ok(!told.includes('canary'), told);
  return REFUSED;
}

const cases: [string, GenericSchema, [unknown, unknown][]][] = [
  [
    'an integer',
    integer(1, 100),
    [
      [1, 1],
      ['100', 100],
      ['007', 7],
      [0, REFUSED],
      ['101', REFUSED],
      [1.5, REFUSED],
      ['1.5', REFUSED],
      ['-1', REFUSED],
      [' 1', REFUSED],
      ['1e1', REFUSED],
      ['0x10', REFUSED],
      ['', REFUSED],
      ['canary', REFUSED],
      [Number.NaN, REFUSED],
      [true, REFUSED],
      [null, REFUSED],
    ],
  ],
  [
    'an integer that is never rounded',
    integer(0, Number.MAX_SAFE_INTEGER),
    [
      [String(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
      ['9007199254740993', REFUSED],
    ],
  ],
  [
    'a boolean',
    boolean(),
    [
      [true, true],
      ['true', true],
      ['False', false],
      ['1', REFUSED],
      [1, REFUSED],
      ['yes', REFUSED],
      ['', REFUSED],
      ['canary', REFUSED],
    ],
  ],
  [
    'a text',
    text(),
    [
      ['true', 'true'],
      ['12', '12'],
      ['', REFUSED],
      [12, REFUSED],
    ],
  ],
  [
    'a secret',
    secret(),
    [
      ['12345678', '12345678'],
      [12_345_678, REFUSED],
      [['canary'], REFUSED],
    ],
  ],
  [
    'a duration',
    duration('x'),
    [
      [250, 250],
      ['30s', 30_000],
      ['5', REFUSED],
      [-1, REFUSED],
      [Infinity, REFUSED],
      ['canary', REFUSED],
      [true, REFUSED],
    ],
  ],
  [
    'a size',
    size('x'),
    [
      [5, 5],
      ['64KiB', 65_536],
      ['5', REFUSED],
      [1.5, REFUSED],
      ['canary', REFUSED],
      [{}, REFUSED],
    ],
  ],
];

describe('the field of a schema', () => {
  for (const [what, field, values] of cases) {
    it(`reads ${what}, and refuses everything else without repeating it`, () => {
      assert.deepEqual(
        values.map(([given]) => read(field, given)),
        values.map(([, expected]) => expected),
      );
    });
  }
  it('has a case for every kind', () => assert.equal(cases.length, 7));

  it('knows which values are secret', () => {
    assert.deepEqual([secret(), text(), integer(0, 1)].map(isSecret), [true, false, false]);
  });

  it('names the setting that is malformed', () => {
    const [problem] = check(duration('timeouts.connect'), 'soon').problems;
    assert.match(problem?.message ?? '', /^timeouts\.connect must be a duration/);
  });
});
