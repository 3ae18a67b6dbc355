/** Finds a secret in text however it got there: encoded, escaped, as bytes, broken over lines, or a piece of it alone. */
import assert from 'node:assert/strict';
import { CANARIES } from './canaries.ts';
import type { Canary } from './canaries.ts';

/** Pieces of so many characters are looked for; a shorter canary is looked for whole. */
const PIECE = 8;
/** Of what is around it, for the message. */
const AROUND = 200;

/** Where one of the canaries is in the text, in words; undefined where none is. */
export function findCanary(text: string, canaries: readonly Canary[] = CANARIES): string | undefined {
  for (const [form, view] of viewsOf(text)) {
    for (const { name, value } of canaries) {
      const at = pieces(value)
        .map((piece) => view.indexOf(piece))
        .find((index) => index !== -1);
      if (at !== undefined) return `${name}, ${form}: ${view.slice(Math.max(0, at - AROUND), at + AROUND)}`;
    }
  }
  return undefined;
}

/** @throws AssertionError with what was found, and what is around it. */
export function assertNoCanary(text: string, canaries: readonly Canary[] = CANARIES): void {
  const found = findCanary(text, canaries);
  assert.equal(found, undefined, `it is told: ${found}`);
}

function pieces(value: string): string[] {
  if (value.length <= PIECE) return [value];
  return Array.from({ length: value.length - PIECE + 1 }, (_, at) => value.slice(at, at + PIECE));
}

type View = readonly [form: string, text: string];

function viewsOf(text: string): View[] {
  const whole = text.replaceAll(/['"`]\s*\+\s*['"`]/g, '');
  const unescaped = unescapedOf(unescapedOf(whole));
  return [
    ['as it is', text],
    ['broken up', whole],
    ['broken over lines', whole.replaceAll(/\r?\n[ \t]*/g, '')],
    ['escaped', unescaped],
    ['percent-encoded', percentDecoded(unescaped)],
    ['percent-encoded twice', percentDecoded(percentDecoded(unescaped))],
    ['encoded as a form', percentDecoded(unescaped.replaceAll('+', ' '))],
    ['as characters', whole.replaceAll(/(['"])(.)\1(?:,\s*|\s*\])/gs, '$2')],
    ['as hexadecimal bytes', runs(text, /(?:[0-9a-f]{2}[ :,]?){4,}/gi, (run) => hex(run))],
    ['as decimal bytes', runs(text, /(?:\d{1,3},\s*){3,}\d{1,3}/g, (run) => Buffer.from(run.split(',').map(Number)))],
    ['as base64', runs(unescaped, /[\w+/-]{10,}={0,2}/g, ...[0, 1, 2, 3].map(base64))],
  ];
}

const hex = (run: string): Buffer => Buffer.from(run.replaceAll(/[ :,]/g, ''), 'hex');
/** A secret may begin anywhere in what was encoded. */
const base64 = (from: number) => (run: string) => Buffer.from(run.slice(from), 'base64');

/** What stands in the runs of one kind, decoded in each of several ways. */
function runs(text: string, run: RegExp, ...ways: readonly ((run: string) => Buffer)[]): string {
  const found = text.match(run) ?? [];
  return found.flatMap((each) => ways.map((decode) => decode(each).toString('latin1'))).join('\n');
}

function unescapedOf(text: string): string {
  return text
    .replaceAll(/\\u([0-9a-f]{4})|\\x([0-9a-f]{2})/gi, (_all, four?: string, two?: string) =>
      String.fromCharCode(parseInt(four ?? two ?? '', 16)),
    )
    .replaceAll(/\\(['"`\\/])/g, '$1')
    .replaceAll(/&amp;|&#38;/g, '&');
}

function percentDecoded(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_all, code: string) => String.fromCharCode(parseInt(code, 16)));
}
