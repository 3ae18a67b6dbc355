/** Whether a deletion that was not answered has happened. */
import type { CommitVerdict } from '../../../core/commit-settlement.ts';
import { classifyAdlsError } from '../errors.ts';
import type { AdlsRequests } from '../requests.ts';
import type { PathTarget } from '../target.ts';

export async function goneFrom(adls: AdlsRequests, target: PathTarget, cut: AbortSignal): Promise<CommitVerdict<void>> {
  try {
    await adls.properties(target, cut);
    return { state: 'absent' };
  } catch (error) {
    if (classifyAdlsError(error, 'read').code === 'NOT_FOUND') return { state: 'done', committed: undefined };
    throw error;
  }
}
