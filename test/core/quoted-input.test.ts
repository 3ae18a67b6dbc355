import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { withoutInput } from '../../src/core/quoted-input.ts';
import { safeCause } from '../../src/core/safe-cause.ts';

const ROW = 'v4lu3';

/** The message that Node itself has for it. */
function refused(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error.message;
  }
  assert.fail('it was not refused');
}

describe('what is quoted of refused input', () => {
  const parse = (text: string) => () => JSON.parse(text) as unknown;
  const cases: readonly (readonly [refusal: () => unknown, told: string])[] = [
    [parse(ROW), `Unexpected token 'v', "***" is not valid JSON`],
    [parse(`"${ROW}" ""`), ''],
    [parse(`${ROW}"is" "not"`), `Unexpected token 'v', "***" is not valid JSON`],
    [
      parse(`[1, 2, 3, 4, 5, 6, 7, 8, ${ROW}, 9, 10, 11, 12, 13, 14]`),
      `Unexpected token 'v', ..."***"... is not valid JSON`,
    ],
    [
      () => Buffer.from(5 as never),
      'The first argument must be of type string or an instance of Buffer, ArrayBuffer, or Array or an Array-like Object. Received type number ***',
    ],
    [() => Buffer.alloc(ROW as never), `The "size" argument must be of type number. Received type string ***`],
    [
      () => Buffer.alloc(1).writeInt8(1, 77_777),
      `The value of "offset" is out of range. It must be >= 0 and <= 0. Received ***`,
    ],
    [
      () => Buffer.alloc(new Date() as never),
      'The "size" argument must be of type number. Received an instance of Date',
    ],
    [() => Buffer.alloc(undefined as never), 'The "size" argument must be of type number. Received undefined'],
    [() => Buffer.concat(['v4lu3'] as never), ''],
  ];

  for (const [refusal, told] of cases) {
    const message = refused(refusal);
    it(`is not told: ${message.replaceAll(ROW, '...').slice(0, 90)}`, () => {
      const cause = safeCause(new Error(message));
      assert.ok(cause !== undefined && !/v4lu3|77.?777|\(5\)/.test(cause.message), cause?.message);
      if (told !== '') assert.equal(cause.message, told);
    });
  }

  it('is a case for each form', () => assert.equal(cases.length, 10));

  it('is all that is taken', () => {
    const messages = ['', 'Received 404 from S3', 'is not valid JSON', '"a" is valid JSON', '" is not valid JSON'];
    for (const message of messages) assert.equal(withoutInput(message), message);
  });
});
