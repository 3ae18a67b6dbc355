/** A path gets another name, at once and under conditions. A lost answer is settled by looking at both names. */
import * as v from 'valibot';
import { callShape } from '../../../config/call-shape.ts';
import { boolean, text } from '../../../config/schema.ts';
import type { CommitVerdict } from '../../../core/commit-settlement.ts';
import { connectorError } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { classifyAdlsError } from '../errors.ts';
import { requireHierarchy } from '../namespace.ts';
import { adlsOptions } from '../options.ts';
import { quotedEtag } from '../path-info.ts';
import { refused } from '../refusal.ts';
import { checkReplaceable } from '../replaceable.ts';
import type { AdlsRequests } from '../requests.ts';
import { checkTarget } from '../target.ts';
import type { PathTarget } from '../target.ts';
import { renameFile, storedPath } from '../write-requests.ts';
import type { StoredPath } from '../write-requests.ts';
import type { AdlsCallOptions } from './call-options.ts';
import { clientCall } from './client-call.ts';

export interface RenameOptions extends AdlsCallOptions {
  /** Whether a file that has the new name is replaced. Default `false`: `ALREADY_EXISTS`. */
  readonly overwrite?: boolean | undefined;
  /** Rename this ETag alone, in quotes or without: `OBJECT_CHANGED` for another. */
  readonly ifMatch?: string | undefined;
}

const renameSchema = v.object({
  ...callShape,
  overwrite: v.optional(boolean(), false),
  ifMatch: v.optional(text()),
});

export async function rename(
  client: OwnClient,
  container: string,
  path: string,
  newPath: string,
  options: RenameOptions,
): Promise<void> {
  const { overwrite, ifMatch, ...call } = adlsOptions(renameSchema, options, 'rename');
  checkTarget(container, path);
  checkTarget(container, newPath);
  if (path === newPath) throw refused('rename: the new path is the old one');
  const source = { container, path };
  const destination = { container, path: newPath };
  const subject = { operation: 'rename', ...source, newPath };
  return clientCall(client, subject, call, async ({ send, commit, classify, settings }) => {
    await send((adls, cut) => requireHierarchy(adls, container, cut), 'read');
    const stored = await send((adls, cut) => storedPath(adls, source, cut), 'read');
    if (ifMatch !== undefined && stored.etag !== quotedEtag(ifMatch)) {
      throw classify(connectorError('OBJECT_CHANGED', 'the path is no longer the one that was to be renamed'), 'read');
    }
    const condition = overwrite ? {} : { ifNoneMatch: '*' as const };
    const replacing = { condition, responseMs: settings.timeouts.read };
    await send((adls, cut) => checkReplaceable(adls, destination, replacing, cut), 'read');
    const from = { ...source, etag: stored.etag };
    await commit(
      (adls, cut) => renameFile(adls, from, newPath, condition, cut),
      'write',
      (adls, cut) => look(adls, { source, destination, stored }, cut),
    );
    return [undefined, {}];
  });
}

interface Renaming {
  readonly source: PathTarget;
  readonly destination: PathTarget;
  /** What was at the source; it keeps its ETag. */
  readonly stored: StoredPath;
}

async function look(
  adls: AdlsRequests,
  { source, destination, stored }: Renaming,
  cut: AbortSignal,
): Promise<CommitVerdict<void>> {
  const isAt = async (target: PathTarget): Promise<boolean> => {
    try {
      const found = await storedPath(adls, target, cut);
      return found.etag === stored.etag && found.isDirectory === stored.isDirectory;
    } catch (error) {
      if (classifyAdlsError(error, 'read').code === 'NOT_FOUND') return false;
      throw error;
    }
  };
  if (await isAt(source)) return { state: 'absent' };
  return (await isAt(destination)) ? { state: 'done', committed: undefined } : { state: 'unclear' };
}
