/** skipHeader against a reading of its promise in four lines. */
import fc from 'fast-check';
import { skipHeader } from '../../../src/formats/index.ts';
import { must, mustEqual } from '../broken.ts';
import { cuts } from '../mutation.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';
import { mustAgree, runThrough } from './streams.ts';

const LIMIT = 200;
const bytes = fc
  .array(fc.oneof(fc.constantFrom('"', '\n', '\r', '\r\n', ',', 'a', '\ufeff', "'"), fc.string({ maxLength: 5 })), {
    maxLength: 80,
  })
  .map((pieces) => Buffer.from(pieces.join('')));
const quote = fc.constantFrom('"', "'", false as const);

/** Where the first record ends, and with what; quotes toggle. */
const headerOf = (text: string, quoteMark: string | false): string | undefined => {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === quoteMark) quoted = !quoted;
    else if (!quoted && (text[at] === '\n' || text[at] === '\r'))
      return text.slice(0, text.startsWith('\r\n', at) ? at + 2 : at + 1);
  }
  return undefined;
};

const expectedOf = (text: string, quoteMark: string | false): { header: number; output: string } => {
  const header = headerOf(text, quoteMark);
  if (header === undefined) return { header: text.length, output: '' };
  const body = text.slice(header.length);
  const lineEnd = /\r?\n$|\r$/.exec(header)?.[0] ?? '\n';
  const ended = body === '' || body.endsWith('\n') || (body.endsWith('\r') && lineEnd === '\r');
  const missing = body.endsWith('\r') && lineEnd === '\r\n' ? '\n' : lineEnd;
  return { header: header.length, output: ended ? body : body + missing };
};

export const skipHeaderTarget: OpenTarget = () =>
  target({
    input: fc.record({ bytes, quote, cuts }),
    async check({ bytes: given, quote: quoteMark, cuts: sizes }) {
      const make = () => skipHeader({ quote: quoteMark, maxHeaderBytes: LIMIT });
      const whole = await runThrough(make(), given, [], ['BAD_ROW']);
      mustAgree(whole, await runThrough(make(), given, sizes, ['BAD_ROW']));
      // One character a byte, as the header is told by single bytes.
      const { header, output } = expectedOf(given.toString('latin1'), quoteMark);
      must((whole.code === 'BAD_ROW') === header > LIMIT, `a header of ${header} bytes: ${whole.code ?? 'taken'}`);
      if (whole.code === undefined)
        mustEqual(whole.output, Buffer.from(output, 'latin1'), 'another body than expected');
    },
  });
