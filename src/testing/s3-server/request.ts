/** From an HTTP request to an S3 request: which bucket, which key, which operation. */
import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';
import { operationOf } from './routes.ts';
import type { S3Operation } from './routes.ts';

/** A request as hooks and predicates see it. */
export interface S3Request {
  readonly operation: S3Operation;
  /** Which request of this operation it is, counted from 1 since the server started. */
  readonly nth: number;
  readonly method: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  /** Decoded query parameters, without signatures and tokens. */
  readonly query: Readonly<Record<string, string>>;
  /** Lower-case names; without the Authorization header, tokens and customer keys. */
  readonly headers: Readonly<Record<string, string>>;
  /** The Range header. */
  readonly range: string | undefined;
  readonly partNumber: number | undefined;
  readonly uploadId: string | undefined;
  /** The key id the request claims to be signed with; not verified yet when hooks run. */
  readonly accessKeyId: string | undefined;
}

/** The request with what only the server itself may see. */
export interface IncomingRequest extends Omit<S3Request, 'nth'> {
  /** As sent, still percent-encoded. */
  readonly rawPath: string;
  readonly rawQuery: string;
  /** Every header as sent, by lower-case name. */
  readonly rawHeaders: ReadonlyMap<string, readonly string[]>;
  /** Every query parameter. */
  readonly allQuery: Readonly<Record<string, string>>;
}

const SECRET_HEADERS = /^(?:authorization|x-amz-security-token|x-amz-.*customer-key)$/;
const SECRET_QUERY = /^x-amz-(?:signature|security-token|credential)$/i;
const CREDENTIAL = /Credential=([^/,\s]+)/;

/** Reads the request line and headers. Throws `InvalidURI` when the target is not UTF-8 behind its percent signs. */
export function readRequest(message: IncomingMessage): IncomingRequest {
  const method = message.method ?? 'GET';
  const target = (message.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const mark = target.indexOf('?');
  const rawPath = mark === -1 ? target : target.slice(0, mark);
  const rawQuery = mark === -1 ? '' : target.slice(mark + 1);
  const rawHeaders = collectHeaders(message.rawHeaders);
  const { bucket, key } = locate(message.headers.host ?? '', rawPath);
  const allQuery = Object.fromEntries(parseQuery(rawQuery));
  const headers = headersOf(message);
  if ('X-Amz-Signature' in allQuery) adoptQueryHeaders(headers, allQuery);
  const partNumber = allQuery['partNumber'];
  return {
    operation: operationOf({ method, bucket, key, query: allQuery, headers }),
    method,
    bucket,
    key,
    query: Object.fromEntries(Object.entries(allQuery).filter(([name]) => !SECRET_QUERY.test(name))),
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADERS.test(name))),
    range: headers['range'],
    partNumber: partNumber === undefined ? undefined : Number(partNumber),
    uploadId: allQuery['uploadId'],
    accessKeyId: CREDENTIAL.exec(headers['authorization'] ?? '')?.[1] ?? allQuery['X-Amz-Credential']?.split('/')[0],
    rawPath,
    rawQuery,
    rawHeaders,
    allQuery,
  };
}

/** What a test may see of a request. */
export function publicPart(request: IncomingRequest, nth: number): S3Request {
  const { operation, method, bucket, key, query, headers, range, partNumber, uploadId, accessKeyId } = request;
  return { operation, nth, method, bucket, key, query, headers, range, partNumber, uploadId, accessKeyId };
}

function headersOf(message: IncomingMessage): Record<string, string> {
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]],
    ),
  );
}

/** Presigning moves `x-amz-*` headers into the query; S3 reads them from there. */
function adoptQueryHeaders(headers: Record<string, string>, query: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(query)) {
    const header = name.toLowerCase();
    if (header.startsWith('x-amz-') && !SECRET_QUERY.test(header)) headers[header] ??= value;
  }
}

function collectHeaders(raw: readonly string[]): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    const known = headers.get(name);
    if (known) known.push(value);
    else headers.set(name, [value]);
  }
  return headers;
}

/** Decoded pairs of a query, in the order sent; `+` is a space here, unlike in a path. */
export function parseQuery(rawQuery: string): [string, string][] {
  return rawQuery
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const mark = pair.indexOf('=');
      const [name, value] = mark === -1 ? [pair, ''] : [pair.slice(0, mark), pair.slice(mark + 1)];
      return [decode(name.replaceAll('+', ' ')), decode(value.replaceAll('+', ' '))];
    });
}

/** Undoes percent-encoding once; segments such as `..` stay as they are. */
export function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error('InvalidURI', undefined, { URI: text });
  }
}

/** Virtual-host style when the Host names a bucket in front of `localhost` or an S3 endpoint, else path style. */
function locate(host: string, rawPath: string): { bucket: string | undefined; key: string | undefined } {
  const path = rawPath.startsWith('/') ? rawPath.slice(1) : rawPath;
  const virtual = /^(.+?)\.(?:localhost|s3[.-][a-z0-9.-]*amazonaws\.com)(?::\d+)?$/i.exec(host)?.[1];
  if (virtual !== undefined) return { bucket: virtual, key: path === '' ? undefined : decode(path) };
  const slash = path.indexOf('/');
  const bucket = slash === -1 ? path : path.slice(0, slash);
  const key = slash === -1 ? '' : path.slice(slash + 1);
  return { bucket: bucket === '' ? undefined : decode(bucket), key: key === '' ? undefined : decode(key) };
}
