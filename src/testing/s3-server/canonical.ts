/** The canonical form of a request that AWS Signature Version 4 signs, with S3's rules: one encoding, paths untouched. */
import { createHmac, hash } from 'node:crypto';
import { decode, parseQuery } from './request.ts';
import type { IncomingRequest } from './request.ts';

/** Day, region, service: what a signing key is good for. */
export interface Scope {
  readonly date: string;
  readonly region: string;
  readonly service: string;
}

export const scopeText = ({ date, region, service }: Scope): string => `${date}/${region}/${service}/aws4_request`;

export const sha256Hex = (data: string | Uint8Array): string => hash('sha256', data, 'hex');

export const hmac = (key: string | Uint8Array, data: string): Buffer => createHmac('sha256', key).update(data).digest();

export const hmacHex = (key: Uint8Array, data: string): string => hmac(key, data).toString('hex');

export function signingKey(secret: string, { date, region, service }: Scope): Buffer {
  return hmac(hmac(hmac(hmac(`AWS4${secret}`, date), region), service), 'aws4_request');
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** `latin1` text whose bytes are those of the wire: header values are signed as bytes. */
export function canonicalRequest(request: IncomingRequest, signedHeaders: readonly string[], payload: string): string {
  const path = request.rawPath.split('/').map((segment) => encode(decode(segment)));
  const query = parseQuery(request.rawQuery)
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]): [string, string] => [encode(name), encode(value)])
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.join('='));
  const headers = signedHeaders.map((name) => {
    const values = request.rawHeaders.get(name) ?? [];
    return `${name}:${values.map((value) => value.trim().replace(/ +/g, ' ')).join(',')}\n`;
  });
  return [request.method, path.join('/'), query.join('&'), headers.join(''), signedHeaders.join(';'), payload].join(
    '\n',
  );
}

export function stringToSign(time: string, scope: Scope, canonical: string): string {
  return ['AWS4-HMAC-SHA256', time, scopeText(scope), sha256Hex(Buffer.from(canonical, 'latin1'))].join('\n');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
