/** Files that nobody will publish: the temporary ones of writers that were killed are found by their age, and removed. */
import * as v from 'valibot';
import { callShape } from '../../../config/call-shape.ts';
import { duration } from '../../../config/schema.ts';
import type { Duration } from '../../../core/duration.ts';
import { sweep } from '../../../core/sweep.ts';
import { connectorError } from '../../../errors.ts';
import type { KeyFailure } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { classifyAdlsError } from '../errors.ts';
import { adlsOptions } from '../options.ts';
import type { PathInfo } from '../path-info.ts';
import { deletePath } from '../path-requests.ts';
import { checkPrefix } from '../target.ts';
import { isWriterName } from '../temporary-name.ts';
import { storedPath } from '../write-requests.ts';
import type { AdlsCallOptions } from './call-options.ts';
import { clientCall } from './client-call.ts';
import type { CallContext } from './client-call.ts';
import { goneFrom } from './gone.ts';
import { pagesBelow } from './prefix-pages.ts';
import type { ListedPrefix } from './prefix-pages.ts';

export interface SweepTemporaryOptions extends AdlsCallOptions {
  /** What the paths begin with, to the letter. Default: all paths. */
  readonly prefix?: string | undefined;
  /** Only files that were begun, or flushed, at least so long ago, by the clock of the account. */
  readonly olderThan: Duration;
}

const sweepSchema = v.object({
  ...callShape,
  prefix: v.optional(v.string(), ''),
  olderThan: duration('olderThan'),
});

export async function sweepTemporary(
  client: OwnClient,
  container: string,
  options: SweepTemporaryOptions,
): Promise<readonly PathInfo[]> {
  const { prefix, olderThan, ...call } = adlsOptions(sweepSchema, options, 'sweepTemporary');
  checkPrefix(container, prefix);
  const subject = { operation: 'sweep_temporary', container, path: prefix || undefined, isOpenEnded: true };
  return clientCall(client, subject, call, async (context) => {
    const swept = await sweep({
      found: oldTemporaries(context, { container, prefix, recursive: true }, olderThan),
      remove: (path) => remove(context, path),
      ...{ concurrency: context.settings.transfer.concurrency, plural: 'temporary files' },
    }).catch((error: unknown) => {
      throw context.classify(error, 'write');
    });
    return [swept, { rows: swept.length }];
  });
}

async function* oldTemporaries(
  context: CallContext,
  range: ListedPrefix,
  olderThanMs: number,
): AsyncGenerator<PathInfo, void, undefined> {
  for await (const { paths, answeredAt } of pagesBelow(context, range)) {
    for (const entry of paths) {
      const { path, isDirectory, lastModified } = entry;
      if (isDirectory || lastModified === undefined || !isWriterName(path)) continue;
      if (answeredAt === undefined) throw connectorError('SERVER_ERROR', 'ADLS listed paths without saying when');
      if (answeredAt.getTime() - lastModified.getTime() >= olderThanMs) yield entry;
    }
  }
}

/** A file that says that it is of a writer, and that nobody has touched since it was listed. */
async function remove({ send, commit }: CallContext, listed: PathInfo): Promise<boolean | KeyFailure> {
  const { path, etag: ifMatch } = listed;
  try {
    const { writeId, etag } = await send((adls, cut) => storedPath(adls, listed, cut), 'read');
    if (writeId === undefined || etag !== ifMatch) return false;
    await commit(
      (adls, cut) => deletePath(adls, listed, { recursive: false, ifMatch }, cut),
      'replace',
      (adls, cut) => goneFrom(adls, listed, cut),
    );
    return true;
  } catch (error) {
    const { code, status } = classifyAdlsError(error);
    // Published or removed meanwhile, or written to: somebody has it.
    if (code === 'NOT_FOUND' || code === 'OBJECT_CHANGED') return false;
    // An answer is about this path; without one, nothing more can be said.
    if (status === undefined) throw error;
    return { key: path, code };
  }
}
