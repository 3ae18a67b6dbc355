/** A second client, independent of the SDK: signs by the letter of the documentation and sees every byte of the wire. */
import { createHash, createHmac } from 'node:crypto';
import { request } from 'node:http';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { replyTo } from '../../support/raw-reply.ts';
import type { RawReply } from '../../support/raw-reply.ts';

export interface RawRequest {
  readonly method?: string;
  /** Percent-encoded by S3's rules. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array | readonly Uint8Array[];
  /** x-amz-content-sha256; by default that of the body. */
  readonly payload?: string;
  readonly sign?: SignOptions | false;
}

export interface SignOptions {
  readonly accessKeyId?: string;
  readonly secretAccessKey?: string;
  readonly region?: string;
  readonly time?: Date;
  readonly token?: string;
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Uint8Array, data: string): Buffer => createHmac('sha256', key).update(data).digest();

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const queryText = (query: Readonly<Record<string, string>>): string =>
  Object.entries(query)
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
    .sort()
    .join('&');

const basicTime = (time: Date): string => time.toISOString().replace(/[-:]|\.\d+/g, '');

/** What chunk signatures need. */
export interface Seed {
  readonly time: string;
  readonly scope: string;
  readonly key: Buffer;
  readonly signature: string;
}

function signature(
  server: S3Server,
  { region = server.region, secretAccessKey = server.secretAccessKey }: SignOptions,
  time: string,
  canonical: string,
): Seed {
  const date = time.slice(0, 8);
  const scope = `${date}/${region}/s3/aws4_request`;
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, date), region), 's3'), 'aws4_request');
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n');
  return { time, scope, key, signature: hmac(key, text).toString('hex') };
}

/** Headers of a signed request, and the seed of its chunk signatures. */
export function signed(server: S3Server, what: RawRequest): { headers: Record<string, string>; seed: Seed } {
  const options = what.sign === false || what.sign === undefined ? {} : what.sign;
  const time = basicTime(options.time ?? new Date());
  const headers: Record<string, string> = {
    host: `127.0.0.1:${server.port}`,
    'x-amz-content-sha256': what.payload ?? sha256(bytesOf(what.body)),
    'x-amz-date': time,
    ...(options.token === undefined ? {} : { 'x-amz-security-token': options.token }),
    ...what.headers,
  };
  const names = Object.keys(headers).sort();
  const canonical = [
    what.method ?? 'GET',
    what.path,
    queryText(what.query ?? {}),
    ...names.map((name) => `${name}:${headers[name] ?? ''}`),
    '',
    names.join(';'),
    headers['x-amz-content-sha256'] ?? '',
  ].join('\n');
  const seed = signature(server, options, time, canonical);
  const credential = `${options.accessKeyId ?? server.accessKeyId}/${seed.scope}`;
  headers['authorization'] =
    `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${seed.signature}`;
  return { headers, seed };
}

/** The query of a presigned URL. */
export function presigned(
  server: S3Server,
  what: Pick<RawRequest, 'method' | 'path' | 'query'>,
  options: SignOptions & { readonly expires?: number } = {},
): Record<string, string> {
  const time = basicTime(options.time ?? new Date());
  const region = options.region ?? server.region;
  const query: Record<string, string> = {
    ...what.query,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${options.accessKeyId ?? server.accessKeyId}/${time.slice(0, 8)}/${region}/s3/aws4_request`,
    'X-Amz-Date': time,
    'X-Amz-Expires': String(options.expires ?? 60),
    'X-Amz-SignedHeaders': 'host',
    ...(options.token === undefined ? {} : { 'X-Amz-Security-Token': options.token }),
  };
  const host = `host:127.0.0.1:${server.port}`;
  const canonical = [what.method ?? 'GET', what.path, queryText(query), host, '', 'host', 'UNSIGNED-PAYLOAD'].join(
    '\n',
  );
  return { ...query, 'X-Amz-Signature': signature(server, options, time, canonical).signature };
}

/** An aws-chunked body; signed when given a seed. */
export function awsChunked(
  chunks: readonly Uint8Array[],
  options: { readonly seed?: Seed; readonly trailers?: Readonly<Record<string, string>> } = {},
): Buffer {
  const { seed, trailers } = options;
  let previous = seed?.signature ?? '';
  const next = (kind: string, ...digests: string[]): string => {
    if (seed === undefined) return '';
    const text = [`AWS4-HMAC-SHA256-${kind}`, seed.time, seed.scope, previous, ...digests].join('\n');
    previous = hmac(seed.key, text).toString('hex');
    return previous;
  };
  const line = (chunk: Uint8Array): string => {
    const mark = next('PAYLOAD', sha256(''), sha256(chunk));
    return `${chunk.length.toString(16)}${mark === '' ? '' : `;chunk-signature=${mark}`}\r\n`;
  };
  const data = chunks.flatMap((chunk) => [Buffer.from(line(chunk)), chunk, Buffer.from('\r\n')]);
  const lines = Object.entries(trailers ?? {}).map(([name, value]) => `${name}:${value}`);
  const last = [line(new Uint8Array())];
  for (const text of lines) last.push(`${text}\r\n`);
  if (seed !== undefined && trailers !== undefined) {
    last.push(`x-amz-trailer-signature:${next('TRAILER', sha256(lines.map((text) => `${text}\n`).join('')))}\r\n`);
  }
  return Buffer.concat([...data, Buffer.from(`${last.join('')}\r\n`)]);
}

function bytesOf(body: RawRequest['body']): Buffer {
  if (body === undefined) return Buffer.alloc(0);
  if (typeof body === 'string' || body instanceof Uint8Array) return Buffer.from(body);
  return Buffer.concat(body);
}

/** Sends a signed request on a connection of its own; resolves also with half a reply, rejects with none. */
export function send(server: S3Server, what: RawRequest): Promise<RawReply> {
  return sendAs(server, what, what.sign === false ? { ...what.headers } : signed(server, what).headers);
}

/** Sends with just these headers. */
export function sendAs(server: S3Server, what: RawRequest, headers: Record<string, string>): Promise<RawReply> {
  const query = queryText(what.query ?? {});
  const path = query === '' ? what.path : `${what.path}?${query}`;
  const chunks = what.body !== undefined && Array.isArray(what.body);
  const outgoing = request({
    host: '127.0.0.1',
    port: server.port,
    method: what.method ?? 'GET',
    path,
    headers: chunks ? headers : { 'content-length': String(bytesOf(what.body).length), ...headers },
    agent: false,
  });
  return replyTo(outgoing, bytesOf(what.body));
}

/** The text of an element in an error document. */
export function element(reply: RawReply, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(reply.body.toString())?.[1];
}
