/** What became of a rename: its source, if it is still there, and its destination are the witnesses. */
import { CommitSettlement } from '../../core/commit-settlement.ts';
import type { CommitVerdict } from '../../core/commit-settlement.ts';
import type { RetryPolicy } from '../../core/retry.ts';
import type { ConnectorError, ErrorCode } from '../../errors.ts';
import type { AdlsRequests } from './requests.ts';
import type { PathTarget } from './target.ts';
import { storedAt } from './stored-path.ts';

export interface RenameOptions {
  readonly adls: AdlsRequests;
  readonly source: PathTarget;
  readonly destination: PathTarget;
  /** That the file carries in its metadata: the same name may hold another writer's. */
  readonly writeId: string;
  readonly classify: (error: unknown) => ConnectorError;
  readonly retry: RetryPolicy;
  /** Bound of one question, in milliseconds. */
  readonly responseMs: number;
}

/** Commits to the destination's ETag. */
export function renameSettlement(options: RenameOptions): CommitSettlement<string> {
  const { classify, retry } = options;
  return new CommitSettlement({ classify, retry, isDoubtful, look: (signal) => look(options, signal) });
}

/** The source is gone, or something is at the destination: a rename that happened is refused so when it is repeated. */
const DOUBTFUL: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'ALREADY_EXISTS', 'OBJECT_CHANGED']);

const isDoubtful = ({ code }: ConnectorError): boolean => DOUBTFUL.has(code);

async function look(options: RenameOptions, signal: AbortSignal): Promise<CommitVerdict<string>> {
  const { adls, source, destination, writeId, responseMs } = options;
  const renamed = async (): Promise<CommitVerdict<string> | undefined> => {
    const stored = await storedAt(adls, destination, responseMs, signal);
    return stored?.writeId === writeId ? { state: 'done', committed: stored.etag } : undefined;
  };
  const before = await renamed();
  if (before !== undefined) return before;
  // Nothing else removes the source: where it is, it was not renamed.
  if ((await storedAt(adls, source, responseMs, signal)) !== undefined) return { state: 'absent' };
  // It may have been on its way between the two questions.
  return (await renamed()) ?? { state: 'unclear' };
}
