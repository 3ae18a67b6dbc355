/** Ranged reads of one file for the core's ranged driver: every request after the first is pinned to the first ETag. */
import { Readable } from 'node:stream';
import type { RangeReader, RangeReply, RangeRequest } from '../../core/ranged-source.ts';
import { discard } from '../../core/receive.ts';
import { statedRange } from '../../core/stated-range.ts';
import type { StoredChecksum } from '../../core/whole-checksum.ts';
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';
import { aboutPath, classifyAdlsError } from './errors.ts';
import { isDirectory, pathInfo } from './path-info.ts';
import type { DescribedPath, PathInfo } from './path-info.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';

export interface FileReaderOptions extends PathTarget {
  readonly connect: () => Promise<AdlsRequests>;
  /** Compare the whole file with the MD5 that the account holds, if it holds one. */
  readonly verify: boolean;
}

/** The reader of one file. */
export function fileReader({ connect, container, path, verify }: FileReaderOptions): RangeReader<PathInfo> {
  const target = { container, path };
  let held: StoredChecksum | undefined;

  const readRange = async (request: RangeRequest): Promise<RangeReply<PathInfo>> => {
    const { offset, length, version, whole, signal } = request;
    const adls = await connect();
    const ifMatch = version === '' ? undefined : version;
    const range = whole ? undefined : { offset, length };
    try {
      const reply = replyOf(await adls.read({ ...target, range, ifMatch }, signal), target, request);
      held = reply.checksum;
      return verify ? reply : { ...reply, checksum: undefined };
    } catch (error) {
      const failure = classifyAdlsError(error, 'read');
      if (failure.code !== 'RANGE_NOT_SATISFIABLE' || offset > 0) throw failure;
      return emptyReply(await adls.properties({ ...target, ifMatch }, signal), target, failure);
    }
  };

  const classify = (error: unknown): ConnectorError => aboutPath(classifyAdlsError(error, 'read'), container, path);
  // Every answer tells the MD5 of the whole, be it of a part.
  return { readRange, classify, ...(verify ? { stored: () => Promise.resolve(held) } : {}) };
}

interface ReadAnswer extends DescribedPath {
  readonly readableStreamBody?: NodeJS.ReadableStream | undefined;
  readonly contentRange?: string | undefined;
  readonly contentLength?: number | undefined;
  /** Of the body, be it a part. */
  readonly contentMD5?: Uint8Array | undefined;
  /** Of the whole, where the body is a part. */
  readonly fileContentMD5?: Uint8Array | undefined;
  readonly _response: DescribedPath['_response'] & { readonly status: number };
}

/** What the server says it sent; the driver compares it with what was asked for. */
function replyOf(
  answer: ReadAnswer,
  target: PathTarget,
  request: RangeRequest,
): RangeReply<PathInfo> & { readonly checksum: StoredChecksum | undefined } {
  const { readableStreamBody: body, contentRange, contentLength, _response } = answer;
  if (!(body instanceof Readable)) throw connectorError('SERVER_ERROR', 'ADLS answered without a body');
  if (isDirectory(answer)) {
    discard(body);
    throw isNoFile();
  }
  const { status } = _response;
  const stated = statedRange({ contentRange, contentLength, status, body, service: 'ADLS' }, request);
  const info = pathInfo(target, stated.totalBytes, answer);
  const md5 = contentRange === undefined ? answer.contentMD5 : answer.fileContentMD5;
  return { ...stated, version: info.etag, body, info, checksum: checksumOf(md5, stated.totalBytes) };
}

function checksumOf(md5: Uint8Array | undefined, size: number): StoredChecksum | undefined {
  if (md5 === undefined) return undefined;
  return { algorithm: 'md5', pieces: [{ size, value: Buffer.from(md5).toString('base64') }] };
}

/** No range fits an empty file, so ADLS answers 416: only a size of 0 proves that this is why. */
function emptyReply(
  answer: DescribedPath & { readonly contentLength?: number | undefined },
  target: PathTarget,
  failure: ConnectorError,
): RangeReply<PathInfo> {
  if (isDirectory(answer)) throw isNoFile();
  if (answer.contentLength !== 0) throw failure;
  const info = pathInfo(target, 0, answer);
  return { version: info.etag, totalBytes: 0, offset: 0, length: 0, body: Readable.from([]), info };
}

function isNoFile(): ConnectorError {
  return connectorError('REQUEST_REFUSED', 'a directory has no bytes to read', { connector: 'adls2' });
}
