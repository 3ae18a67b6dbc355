/** Uploads that nobody will finish: those of processes that were killed are found by their age, and removed. */
import * as v from 'valibot';
import { duration, text } from '../../../config/schema.ts';
import type { Duration } from '../../../core/duration.ts';
import { sweep } from '../../../core/sweep.ts';
import { connectorError } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { listedKey } from '../listed-key.ts';
import type { S3Requests } from '../native.ts';
import { callShape, checkTarget, checkedOptions } from '../options.ts';
import { removeUpload } from '../upload-removal.ts';
import { within } from '../within.ts';
import { clientCall } from './client-call.ts';
import type { CallContext } from './client-call.ts';
import type { S3CallOptions } from './call-options.ts';

export interface SweepUploadsOptions extends S3CallOptions {
  readonly bucket: string;
  /** What the keys begin with, to the letter. Default: all keys. */
  readonly prefix?: string | undefined;
  /** Only uploads that were begun at least so long ago, by the clock of the store. */
  readonly olderThan: Duration;
}

/** An upload that was aborted. */
export interface SweptUpload {
  readonly bucket: string;
  readonly key: string;
  readonly uploadId: string;
  readonly initiated: Date;
}

const sweepSchema = v.object({
  ...callShape,
  bucket: text(),
  prefix: v.optional(v.string(), ''),
  olderThan: duration('olderThan'),
});

export async function sweepUploads(client: OwnClient, options: SweepUploadsOptions): Promise<readonly SweptUpload[]> {
  const { bucket, prefix, olderThan } = checkedOptions(sweepSchema, options, 'sweepUploads');
  checkTarget(bucket, prefix);
  const subject = { operation: 'sweep_uploads', bucket, key: prefix || undefined, isOpenEnded: true };
  return clientCall(client, subject, options, async (context) => {
    const swept = await sweep({
      found: oldUploads(context, bucket, prefix, olderThan),
      remove: async (upload) => (await remove(context, upload)) || { key: upload.key, code: 'ACCESS_DENIED' },
      ...{ concurrency: context.settings.transfer.concurrency, plural: 'uploads' },
    }).catch((error: unknown) => {
      throw context.classify(error, 'write');
    });
    return [swept, { rows: swept.length }];
  });
}

/** False where S3 refuses. */
function remove({ connect, settings, hooks }: CallContext, upload: SweptUpload): Promise<boolean> {
  const { read: responseMs, total } = settings.timeouts;
  const { bucket, key, uploadId } = upload;
  const work = async (cut: AbortSignal) => removeUpload(await connect(), { bucket, key, uploadId, responseMs }, cut);
  return within(total, work, hooks.signal);
}

async function* oldUploads(
  { send }: CallContext,
  bucket: string,
  prefix: string,
  olderThanMs: number,
): AsyncGenerator<SweptUpload, void, undefined> {
  let at: Marker | undefined = {};
  while (at !== undefined) {
    const page: Page = await listPage(send, { Bucket: bucket, Prefix: prefix, ...at });
    const now = page.answeredAt.getTime();
    for (const { Key, UploadId: uploadId, Initiated: initiated } of page.Uploads ?? []) {
      if (Key === undefined || uploadId === undefined || initiated === undefined) throw unclear();
      const key = listedKey(Key, page.EncodingType);
      const isOld = now - initiated.getTime() >= olderThanMs;
      if (key.startsWith(prefix) && isOld) yield { bucket, key, uploadId, initiated };
    }
    at = markerBehind(page, at);
  }
}

interface Marker {
  readonly KeyMarker?: string;
  readonly UploadIdMarker?: string;
}

type Page = Awaited<ReturnType<S3Requests['listUploads']>>;

function listPage(send: CallContext['send'], where: Marker & { Bucket: string; Prefix: string }): Promise<Page> {
  return send((s3, cut) => s3.listUploads({ ...where, EncodingType: 'url' }, cut), 'read');
}

/** Undefined after the last page. */
function markerBehind(page: Page, before: Marker): Marker | undefined {
  const { IsTruncated, NextKeyMarker = '', NextUploadIdMarker: UploadIdMarker = '' } = page;
  if (IsTruncated !== true) return undefined;
  const KeyMarker = listedKey(NextKeyMarker, page.EncodingType);
  const isSame = KeyMarker === before.KeyMarker && UploadIdMarker === before.UploadIdMarker;
  if (KeyMarker === '' || isSame) throw unclear();
  return { KeyMarker, UploadIdMarker };
}

function unclear(): Error {
  return connectorError('SERVER_ERROR', 'S3 listed uploads without saying which, since when, or how to go on');
}
