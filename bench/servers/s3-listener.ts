/** What both S3 servers share: path-style addresses, answers in XML. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { startHttpListener } from './http-listener.ts';
import type { BenchServer } from './run-as-process.ts';
import { errorXml } from './s3-xml.ts';

export interface S3Call {
  readonly method: string;
  readonly bucket: string;
  /** Empty for the bucket itself. */
  readonly key: string;
  readonly query: URLSearchParams;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
}

export function startS3Listener(port: number, handle: (call: S3Call) => Promise<void>): Promise<BenchServer> {
  return startHttpListener(port, ({ segments: [bucket = '', ...key], ...call }) =>
    handle({ ...call, bucket, key: key.join('/') }),
  );
}

export function answer(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string | number>>,
  body = '',
): void {
  const type = body === '' ? {} : { 'content-type': 'application/xml' };
  response.writeHead(status, { ...type, 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

export function refuse({ response, method }: S3Call, status: number, code: string): void {
  // The answer to a HEAD has no body.
  answer(response, status, {}, method === 'HEAD' ? '' : errorXml(code));
}

/** Whether the request asks for a sub-resource or an action: `?uploads`, `?uploadId=`, `?list-type=2`. */
export function asks({ query }: S3Call, name: string): boolean {
  return query.has(name);
}
