import assert from 'node:assert/strict';
import { ByteBuffer } from '../../../../src/connectors/postgres/encoding/byte-buffer.ts';
import { writeNumber } from '../../../../src/connectors/postgres/encoding/numbers.ts';
import { between, randomNumbers, seed } from '../../../support/seed.ts';

const EDGES = [
  ...[0, 1, -1, 9, 10, 99, 100, 0.1, 0.01, 0.001, 0.000001, 1e-7, -0.5, 12.3, 1.005, 0.000123, 99_999.999999],
  ...[2 ** 31 - 1, -(2 ** 31) + 1, -(2 ** 31), 2 ** 31, 21_474_836.47, 21_474_836.48, 2_147.483647, 2_147.483648],
  ...[2 ** 53, -(2 ** 53), 1e21, 5e-324, Number.MAX_VALUE, NaN, Infinity, -Infinity],
];
const RANDOM = 200_000;

describe(`a number as text (seed ${seed})`, () => {
  it('is what String makes of it', () => {
    const random = randomNumbers('numbers as text');
    const made = Array.from({ length: RANDOM }, () => {
      const scale = 10 ** between(random, 0, 9);
      const number = (random() - 0.5) * 10 ** between(random, -8, 12);
      return random() < 0.7 ? Math.round(number * scale) / scale + 0 : number;
    });
    const out = new ByteBuffer(64);
    for (const number of [...EDGES, ...made]) {
      writeNumber(out, number);
      assert.equal(out.take().toString('latin1'), String(number));
    }
  });
});
