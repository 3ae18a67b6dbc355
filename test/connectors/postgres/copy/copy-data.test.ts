import assert from 'node:assert/strict';
import fc from 'fast-check';
import { copyDataFrames } from '../../../../src/connectors/postgres/copy/copy-data.ts';
import { fingerprint } from '../../../support/bytes.ts';

/** What a server takes out of the wire: the data, and the size of each message. */
function receive(wire: Buffer): { data: Buffer; messages: number[] } {
  const data: Buffer[] = [];
  const messages: number[] = [];
  for (let at = 0; at < wire.length;) {
    assert.equal(wire[at], 'd'.charCodeAt(0));
    const length = wire.readUInt32BE(at + 1);
    data.push(wire.subarray(at + 5, at + 1 + length));
    messages.push(length - 4);
    at += 1 + length;
  }
  return { data: Buffer.concat(data), messages };
}

describe('CopyData messages', () => {
  it('carry exactly the bytes given, however they were cut', () => {
    const sizes = fc.array(fc.oneof(fc.nat(20), fc.integer({ min: 4000, max: 4200 }), fc.nat(600_000)), {
      maxLength: 20,
    });
    fc.assert(
      fc.property(sizes, (lengths) => {
        const chunks = lengths.map((length, n) => Buffer.alloc(length, `${n},`));
        const { data, messages } = receive(Buffer.concat(copyDataFrames(chunks)));
        assert.equal(fingerprint(data), fingerprint(Buffer.concat(chunks)));
        assert.ok(messages.every((bytes) => bytes > 0 && bytes <= 256 * 1024));
      }),
      { numRuns: 300 },
    );
  });

  it('are none for no bytes', () => {
    assert.deepEqual(copyDataFrames([]), []);
    assert.deepEqual(copyDataFrames([Buffer.alloc(0), Buffer.alloc(0)]), []);
  });

  it('hold large chunks themselves, not copies', () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const frames = copyDataFrames([chunk, chunk]);
    assert.equal(frames.length, 3);
    assert.ok(frames.slice(1).every((frame) => frame.buffer === chunk.buffer));
  });

  it('gather small chunks into one buffer', () => {
    const frames = copyDataFrames(Array.from({ length: 1000 }, () => Buffer.from('1,2,3\n')));
    assert.equal(frames.length, 2);
  });
});
