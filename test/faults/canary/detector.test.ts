import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { CANARIES, PASSWORD } from './canaries.ts';
import { findCanary } from './detector.ts';
import { shown } from './hearing.ts';

/** How a value may come to stand in a text, without standing there as it is. */
const FORMS: readonly (readonly [form: string, write: (value: string) => string])[] = [
  ['as it is', (value) => `password is ${value}.`],
  ['without its first and last characters', (value) => value.slice(3, -3)],
  ['masked in the middle of its beginning', (value) => `${value.slice(0, 9)}***${value.slice(-2)}`],
  ['percent-encoded', (value) => encodeURIComponent(value)],
  [
    'percent-encoded with small letters',
    (value) => encodeURIComponent(value).replaceAll(/%../g, (code) => code.toLowerCase()),
  ],
  ['percent-encoded twice, as the query of a query', (value) => `u=${encodeURIComponent(encodeURIComponent(value))}`],
  ['as a form', (value) => new URLSearchParams({ value }).toString()],
  ['in base64', (value) => Buffer.from(value).toString('base64')],
  ['in base64 among others, as Basic credentials', (value) => Buffer.from(`me:${value}`).toString('base64')],
  ['in base64 of URLs, one further on', (value) => Buffer.from(`xy${value}z`).toString('base64url')],
  ['in hexadecimal', (value) => Buffer.from(value).toString('hex')],
  ['as an inspected buffer', (value) => inspect(Buffer.from(`1,${value}\n`))],
  ['as an array of bytes', (value) => inspect([...Buffer.from(value)], { compact: true, maxArrayLength: null })],
  ['as the JSON of a buffer', (value) => JSON.stringify(Buffer.from(value))],
  ['as characters', (value) => inspect(Array.from(value))],
  ['in JSON within JSON', (value) => JSON.stringify(JSON.stringify({ value }))],
  [
    'in JSON with everything escaped',
    (value) => value.replaceAll(/\W/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`),
  ],
  ['in XML', (value) => `<Message>${value.replaceAll('&', '&amp;')}</Message>`],
  ['broken over lines', (value) => `${value.slice(0, 7)}\n    ${value.slice(7)}`],
  [
    'as texts that are added up',
    (value) => `'${value.slice(0, 6)}' +\n  '${value.slice(6, 11)}' + "${value.slice(11)}"`,
  ],
  [
    'in a cause that hides its message',
    (value) => shown(new Error('x', { cause: Object.defineProperty(new Error('y'), 'hidden', { value }) })),
  ],
  [
    'behind a getter of a stack',
    (value) => shown(Object.defineProperty(new Error('x'), 'stack', { value: `at ${value}` })),
  ],
];

describe('what looks for canaries', () => {
  it('knows eight, of which none is in another, and twenty-two forms', () => {
    assert.deepEqual([CANARIES.length, FORMS.length], [8, 22]);
    for (const { value } of CANARIES) {
      const others = CANARIES.filter((other) => other.value !== value);
      assert.equal(findCanary(value, others), undefined);
    }
  });

  for (const [form, write] of FORMS) {
    it(`finds one that stands there ${form}`, () => {
      for (const { name, value } of CANARIES) {
        const text = `Error: it failed ${write(value)} at connect (native.ts:1:2)`;
        assert.ok(findCanary(text)?.startsWith(name), text);
      }
    });
  }

  it('finds nothing where nothing is', () => {
    const texts = ['', 'a row does not fit (line 2, SQLSTATE 22P02)', PASSWORD.slice(0, 7), shown(new Error('x'))];
    for (const text of texts) assert.equal(findCanary(text), undefined);
  });
});
