/** What the tests of the S3 streams share: a server per test, data that shows a skipped or repeated byte, what must be given back. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { getEventListeners } from 'node:events';
import type { Readable } from 'node:stream';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import type { Settled } from '../../../src/core/settlement.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { OperationEntry, S3Operation, S3Server, S3ServerOptions } from '../../../src/testing/s3-server/index.ts';
import { watchUploads } from '../../support/watches/uploads.ts';

export const BUCKET = 'bucket';
export const KIB = 1024;
export const TINY_LIMITS = { minPartSize: 1, maxPartSize: 64 * KIB, maxParts: 5, maxObjectSize: 1024 * KIB };

/** Every four bytes hold their own offset. */
export function patterned(length: number): Buffer {
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let offset = 0; offset < bytes.length; offset += 4) bytes.writeUInt32BE(offset, offset);
  return bytes.subarray(0, length);
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** By length and hash, as a diff of megabytes helps nobody. */
export function assertSameBytes(actual: Uint8Array, expected: Uint8Array): void {
  assert.deepEqual(
    { length: actual.length, sha256: sha256(actual) },
    { length: expected.length, sha256: sha256(expected) },
  );
}

export async function readAll(source: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** The error that a promise rejects with, or a failure if it does not. */
export async function rejection(work: Promise<unknown>): Promise<Error> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  assert.fail('expected a rejection');
}

export async function connectorRejection(work: Promise<unknown>): Promise<ConnectorError> {
  const error = await rejection(work);
  assert.ok(error instanceof ConnectorError, error.stack);
  return error;
}

/** What a failed stream says, in one comparable line. */
export function summary(settled: Settled<unknown>): object {
  const { outcome, cleanup, error } = settled;
  return { outcome, cleanup, code: error?.code, stage: error?.stage, retryable: error?.retryable };
}

export const listenersOn = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

/** One server for each test; the clients made for it are closed with it. */
export function useS3Server(options: S3ServerOptions = {}): { readonly s3: S3Server } {
  const current: { s3?: S3Server } = {};
  beforeEach(async () => {
    current.s3 = await startS3Server({ buckets: [BUCKET], ...options });
    watchUploads(current.s3);
  });
  afterEach(async () => {
    closeS3Clients();
    await current.s3?.close();
  });
  return {
    get s3() {
      assert.ok(current.s3 !== undefined);
      return current.s3;
    },
  };
}

/** Settings that reach the server; `port` for one that is reached through a proxy. */
export function settingsFor(s3: S3Server, port = s3.port): S3Settings {
  const { accessKeyId, secretAccessKey, sessionToken, region } = s3;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
  return { endpointUrl: `http://127.0.0.1:${port}`, region, credentials };
}

export function requests(s3: S3Server, operation: S3Operation): readonly OperationEntry[] {
  return s3.operations.filter((entry) => entry.operation === operation);
}

/** Quick retries: the tests are about what is repeated, not about how long one waits before it. */
export const QUICK = { minDelay: 1, maxDelay: 5 } as const;
