/** Which bytes an answer says that it holds (RFC 9110, sections 14.4 and 15.3.7): what it does not say is not guessed. */
import type { Readable } from 'node:stream';
import { connectorError } from '../errors.ts';
import type { RangeRequest } from './ranged-source.ts';
import { discard } from './receive.ts';

export interface StatedAnswer {
  /** The header. */
  readonly contentRange: string | undefined;
  readonly contentLength: number | undefined;
  readonly status: number | undefined;
  readonly body: Readable;
  /** By the name that people know it by. */
  readonly service: string;
}

export interface StatedRange {
  /** Size of the whole object. */
  readonly totalBytes: number;
  readonly offset: number;
  readonly length: number;
}

/** @throws PermanentError `RANGE_MISMATCH` for an answer without a size, whose body is discarded. */
export function statedRange(answer: StatedAnswer, { offset, length, whole }: RangeRequest): StatedRange {
  const { contentRange, contentLength, status, body, service } = answer;
  const [, first, last, total] = /^bytes (\d+)-(\d+)\/(\d+)$/.exec(contentRange ?? '') ?? [];
  // The length of a part says nothing of the whole.
  const isPart = contentRange !== undefined || status === 206;
  const plainTotal = isPart ? undefined : (contentLength ?? (whole ? length : undefined));
  const totalBytes = total === undefined ? plainTotal : Number(total);
  if (totalBytes === undefined || !Number.isSafeInteger(totalBytes)) {
    discard(body);
    throw connectorError('RANGE_MISMATCH', `${service} answered without a length at byte ${offset}`);
  }
  return {
    totalBytes,
    offset: first === undefined ? 0 : Number(first),
    length: first === undefined || last === undefined ? totalBytes : Number(last) - Number(first) + 1,
  };
}
