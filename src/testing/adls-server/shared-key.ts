/** The Shared Key signature ("Authorize with Shared Key", Blob and Data Lake Storage Gen2). Pure. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingRequest } from './request.ts';

const SIGNED_HEADERS = [
  'content-language',
  'content-encoding',
  'content-length',
  'content-md5',
  'content-type',
  'date',
  'if-modified-since',
  'if-match',
  'if-none-match',
  'if-unmodified-since',
  'range',
];

export function stringToSign(request: IncomingRequest, account: string): string {
  const { method, allHeaders, rawPath, rawQuery } = request;
  const standard = SIGNED_HEADERS.map((name) => {
    const value = allHeaders[name] ?? '';
    // With an x-ms-date, the Date is left out; a length of 0 is empty.
    if (name === 'date' && 'x-ms-date' in allHeaders) return '';
    return name === 'content-length' && value === '0' ? '' : value;
  });
  const own = Object.keys(allHeaders)
    .filter((name) => name.startsWith('x-ms-'))
    .sort(compareNames)
    .map((name) => `${name}:${(allHeaders[name] ?? '').trimStart()}\n`);
  const query = signedQuery(rawQuery).map(([name, value]) => `\n${name}:${value}`);
  return `${[method, ...standard].join('\n')}\n${own.join('')}/${account}${rawPath}${query.join('')}`;
}

/** Pairs without a value, or with a second `=`, are not signed. */
function signedQuery(rawQuery: string): [string, string][] {
  return rawQuery
    .split('&')
    .filter((pair) => /^[^=]+=[^=]+$/.test(pair))
    .map((pair): [string, string] => {
      const mark = pair.indexOf('=');
      return [pair.slice(0, mark).toLowerCase(), decodeURIComponent(pair.slice(mark + 1))];
    })
    .sort(([one], [other]) => (one < other ? -1 : 1));
}

/** The order of .NET's en-US culture, for names of headers: hyphens count last, and `_` comes before digits. */
function compareNames(one: string, other: string): number {
  const [left, right] = [sortKey(one), sortKey(other)];
  if (left !== right) return left < right ? -1 : 1;
  return one < other ? -1 : 1;
}

const sortKey = (name: string): string => name.replaceAll('-', '').replaceAll('_', '!');

/** Base64 of the HMAC under a key in base64. */
export function hmac(key: string, text: string): string {
  return createHmac('sha256', Buffer.from(key, 'base64')).update(text).digest('base64');
}

/** Compares without telling by its duration where two texts differ. */
export function sameText(one: string, other: string): boolean {
  const left = Buffer.from(one);
  const right = Buffer.from(other);
  return left.length === right.length && timingSafeEqual(left, right);
}
