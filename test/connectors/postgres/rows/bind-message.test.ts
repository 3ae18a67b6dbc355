import assert from 'node:assert/strict';
import { serialize } from 'pg-protocol';
import { bindMessage, boundParameters } from '../../../../src/connectors/postgres/rows/bind-message.ts';

describe('the message that binds parameters', () => {
  const valueMapper = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value);

  for (const [name, values] of [
    ['none', []],
    ['texts', ['a', '', 'é😀', 7]],
    ['NULL, and what stands for it', [null, 'x', undefined]],
    ['bytes', [Buffer.from([0, 255]), 'x', Buffer.alloc(0)]],
  ] as const) {
    it(`is node-postgres' own where all columns are asked for in one format: ${name}`, () => {
      const own = serialize.bind({ values: [...values], valueMapper });
      assert.deepEqual(bindMessage(boundParameters({ values, valueMapper }), [0]), own);
    });
  }

  it('asks for each column in its format', () => {
    const message = bindMessage(boundParameters({ values: [], valueMapper }), [0, 1, 0]);
    assert.equal(message.subarray(-8).toString('hex'), '0003000000010000');
    assert.equal(message.readUInt32BE(1), message.length - 1);
  });
});
