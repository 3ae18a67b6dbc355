import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { ConfigError, PermanentError } from '../../src/errors.ts';
import { skipHeader } from '../../src/formats/index.ts';
import type { SkipHeaderOptions } from '../../src/formats/index.ts';
import { countedCsv, fingerprint, run, sliced } from './samples.ts';

const skip = async (text: string, options?: SkipHeaderOptions) => {
  const { output, error } = await run(skipHeader(options), [Buffer.from(text)]);
  if (error !== undefined) throw error;
  return output.toString();
};

describe('skipHeader', () => {
  const cases: [title: string, input: string, output: string][] = [
    ['drops the line up to LF', 'a,b\n1,2\n', '1,2\n'],
    ['drops the line up to CRLF', 'a,b\r\n1,2\r\n', '1,2\r\n'],
    ['drops the line up to a lone CR', 'a,b\r1,2\r', '1,2\r'],
    ['keeps an empty first row', 'a\n\nb\n', '\nb\n'],
    ['keeps a newline inside quotes in the header', '"a\nb","c\r\nd"\n1,2\n', '1,2\n'],
    ['reads doubled quotes in the header', '"a""\n""b",c\n1,2\n', '1,2\n'],
    ['drops a byte order mark with the header', '\ufeff"a",b\n1,2\n', '1,2\n'],
    ['gives nothing for nothing', '', ''],
    ['gives nothing for a header alone', 'a,b\n', ''],
    ['gives nothing for a header without a line end', 'a,b', ''],
    ['gives nothing for a header that ends in CR', 'a,b\r', ''],
    ['adds a missing LF', 'a\n1', '1\n'],
    ['adds a missing CRLF', 'a\r\n1', '1\r\n'],
    ['adds a missing CR', 'a\r1', '1\r'],
    ['completes half a CRLF', 'a\r\n1\r', '1\r\n'],
    ['leaves quotes in the body alone', 'a\n"1\n', '"1\n'],
  ];

  for (const [title, input, output] of cases) {
    it(title, async () => assert.equal(await skip(input), output));
  }

  it('adds no line end when told not to', async () => {
    assert.equal(await skip('a\n1', { ensureFinalNewline: false }), '1');
  });

  it('takes another quote, or none', async () => {
    assert.equal(await skip("'a\nb'\n1\n", { quote: "'" }), '1\n');
    assert.equal(await skip('"a\nb"\n1\n', { quote: false }), 'b"\n1\n');
  });

  it('gives the same output for every way to cut the input', async () => {
    const text = fc.array(fc.constantFrom('"', '\n', '\r', ',', 'a', '\ufeff', 'é'), { maxLength: 24 });
    await fc.assert(
      fc.asyncProperty(text, fc.boolean(), fc.integer({ min: 1, max: 5 }), async (parts, ensureFinalNewline, size) => {
        const input = Buffer.from(parts.join(''));
        const whole = await run(skipHeader({ ensureFinalNewline }), [input]);
        const cut = await run(skipHeader({ ensureFinalNewline }), sliced(input, size));
        assert.equal(cut.output.toString('latin1'), whole.output.toString('latin1'));
      }),
      { numRuns: 300 },
    );
  });

  it('passes a large body on unchanged', async () => {
    const body = countedCsv(1_500_000);
    const { output } = await run(skipHeader(), sliced(Buffer.concat([Buffer.from('a,b\n'), body]), 65_536));
    assert.equal(fingerprint(output), fingerprint(body));
  });

  it('copies nothing: a chunk of the body is the one that came in', async () => {
    const chunk = Buffer.from('1,2\n');
    const stream = skipHeader();
    stream.write(Buffer.from('a,b\n'));
    stream.end(chunk);
    const seen: Buffer[] = [];
    for await (const part of stream) seen.push(part as Buffer);
    assert.equal(seen.length, 1);
    assert.equal(seen[0]?.buffer, chunk.buffer);
    assert.equal(seen[0].byteOffset, chunk.byteOffset);
  });

  it('refuses a header above maxHeaderBytes, however it comes, and takes one that just fits', async () => {
    const input = Buffer.from('abc\r\n1\n');
    for (const size of [1, 2, 100]) {
      const fits = await run(skipHeader({ maxHeaderBytes: 5 }), sliced(input, size));
      assert.equal(fits.output.toString(), '1\n');
      const { output, error } = await run(skipHeader({ maxHeaderBytes: 4 }), sliced(input, size));
      assert.ok(error instanceof PermanentError);
      assert.deepEqual([error.code, error.line, output.length], ['BAD_ROW', 1, 0]);
      assert.ok(!error.message.includes('abc'));
    }
  });

  it('stops at an endless quoted header after 1 MiB by default', async () => {
    const { error } = await run(skipHeader(), [
      Buffer.from('"'),
      ...sliced(Buffer.alloc(2 * 1024 * 1024, 'a'), 65_536),
    ]);
    assert.equal(error?.code, 'BAD_ROW');
  });

  it('refuses options that make no sense', () => {
    for (const options of [{ quote: '' }, { quote: '""' }, { quote: '\n' }, { quote: 'é' }, { maxHeaderBytes: 0 }]) {
      assert.throws(() => skipHeader(options), ConfigError);
    }
  });

  it('joins objects without running records together', async () => {
    const joined = new PassThrough();
    for (const object of ['id\r\n1\r\n2', 'id\r\n', '', 'id\r\n3']) {
      await pipeline([Buffer.from(object)], skipHeader(), joined, { end: false });
    }
    joined.end();
    assert.equal(Buffer.concat(await joined.toArray()).toString(), '1\r\n2\r\n3\r\n');
  });
});
