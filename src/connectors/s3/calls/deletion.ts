/** Everything under a prefix is deleted: listed a page ahead, a thousand keys to a request, failures told by key. */
import * as v from 'valibot';
import { boolean } from '../../../config/schema.ts';
import { ERROR_CODES } from '../../../error-codes.ts';
import { connectorError, withDetails } from '../../../errors.ts';
import type { ConnectorError, ErrorCode, KeyFailure } from '../../../errors.ts';
import { classifyS3Error } from '../errors.ts';
import { S3_CODES } from '../error-table.ts';
import type { OwnClient } from '../stream-options.ts';
import type { S3Requests } from '../native.ts';
import { callShape, checkTarget, checkedOptions } from '../options.ts';
import { clientCall } from './client-call.ts';
import type { CallContext } from './client-call.ts';
import type { S3CallOptions } from './call-options.ts';
import { pagesAhead } from './pages-ahead.ts';

export interface DeletePrefixOptions extends S3CallOptions {
  /** An empty prefix, which is all of the bucket, is refused without it. Default `false`. */
  readonly wholeBucket?: boolean | undefined;
}

const deleteSchema = v.object({ ...callShape, wholeBucket: v.optional(boolean(), false) });

/** So many keys failed, and no more are tried. */
const MOST_FAILURES = 1_000;

export async function deletePrefix(
  client: OwnClient,
  bucket: string,
  prefix: string,
  options: DeletePrefixOptions,
): Promise<number> {
  const { wholeBucket } = checkedOptions(deleteSchema, options, 'deletePrefix');
  checkTarget(bucket, prefix);
  if (prefix === '' && !wholeBucket) {
    const message = 'deletePrefix: an empty prefix is the whole bucket; pass `wholeBucket: true` if that is meant';
    throw connectorError('CONFIG_INVALID', message, { connector: 's3', stage: 'configure' });
  }
  const subject = { operation: 'delete_prefix', bucket, key: prefix || undefined, isOpenEnded: true };
  return clientCall(client, subject, options, async (context) => {
    const failures: KeyFailure[] = [];
    let deleted = 0;
    try {
      for await (const { objects } of pagesAhead(context, { bucket, prefix })) {
        const keys = objects.map(({ key }) => key).filter((key) => key.startsWith(prefix));
        const failed = await deleteKeys(context, bucket, keys);
        failures.push(...failed);
        deleted += keys.length - failed.length;
        if (failures.length >= MOST_FAILURES) break;
      }
    } catch (error) {
      const failure = context.classify(error, 'write');
      throw deleted + failures.length === 0 ? failure : withDetails(failure, { outcome: 'unknown' });
    }
    if (failures.length > 0) throw context.classify(partialFailure(failures, deleted), 'write');
    return [deleted, { rows: deleted }];
  });
}

function partialFailure(failures: readonly KeyFailure[], deleted: number): ConnectorError {
  const message = `${failures.length} objects were not deleted, and ${deleted} were`;
  return connectorError('PARTIAL_FAILURE', message, { failures, outcome: deleted === 0 ? 'not-done' : 'unknown' });
}

/** A document of XML 1.0 cannot hold them, or gives other ones back. */
// eslint-disable-next-line no-control-regex -- these are what it is about
const NOT_IN_XML = /[\0-\x1f\x7f-\x9f\u2028\ufffe\uffff]/;

/** Those that failed. */
async function deleteKeys(context: CallContext, bucket: string, keys: readonly string[]): Promise<KeyFailure[]> {
  const failures: KeyFailure[] = [];
  const listable = keys.filter((key) => !NOT_IN_XML.test(key));
  if (listable.length > 0) failures.push(...(await deleteBatch(context, bucket, listable)));
  for (const key of keys.filter((one) => NOT_IN_XML.test(one))) {
    failures.push(...(await deleteOne(context, bucket, key)));
  }
  return failures;
}

async function deleteOne({ send }: CallContext, bucket: string, key: string): Promise<KeyFailure[]> {
  try {
    await send((s3, cut) => s3.deleteObject({ Bucket: bucket, Key: key }, cut), 'write');
    return [];
  } catch (error) {
    const { code, status } = classifyS3Error(error);
    // An answer is about this key; without one, nothing more can be said.
    if (status === undefined) throw error;
    return [{ key, code }];
  }
}

/** One request, repeated for the keys of which S3 says that they may succeed. A key that it says nothing of has failed. */
async function deleteBatch(context: CallContext, bucket: string, keys: readonly string[]): Promise<KeyFailure[]> {
  const withMd5 = context.settings.transfer.checksum === 'none';
  const refused: KeyFailure[] = [];
  let pending = keys.map((key): KeyFailure => ({ key, code: 'SERVER_ERROR' }));
  let failure: ConnectorError | undefined;
  const request = async (s3: S3Requests, cut: AbortSignal): Promise<void> => {
    failure = undefined;
    const Delete = { Objects: pending.map(({ key }) => ({ Key: key })) };
    const { Deleted = [], Errors = [] } = await s3.deleteObjects({ Bucket: bucket, Delete }, cut, withMd5);
    const gone = new Set(Deleted.map(({ Key }) => Key));
    const codes = new Map(Errors.map(({ Key, Code = '' }) => [Key, codeOf(Code)]));
    const failed = pending
      .filter(({ key }) => codes.has(key) || !gone.has(key))
      .map(({ key }): KeyFailure => ({ key, code: codes.get(key) ?? 'SERVER_ERROR' }));
    refused.push(...failed.filter(({ code }) => !ERROR_CODES[code].retryable));
    pending = failed.filter(({ code }) => ERROR_CODES[code].retryable);
    const [first] = pending;
    if (first === undefined) return;
    throw (failure = connectorError(first.code, `S3 did not delete ${pending.length} of ${keys.length} objects`));
  };
  try {
    await context.send(request, 'write');
  } catch (error) {
    // The last answer told of each key, unless there was none.
    if (failure === undefined || context.hooks.signal.aborted) throw error;
  }
  return [...refused, ...pending];
}

/** Without one (MinIO has none for what a policy denies) nothing is known of it. */
const codeOf = (code: string): ErrorCode => S3_CODES.get(code) ?? 'REQUEST_REFUSED';
