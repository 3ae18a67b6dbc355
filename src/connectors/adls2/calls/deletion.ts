/** A path is deleted: a file, an empty directory, or with `recursive` a directory and all that is in it. */
import * as v from 'valibot';
import { callShape } from '../../../config/call-shape.ts';
import { boolean } from '../../../config/schema.ts';
import { RequestSeries } from '../../../core/within.ts';
import { withDetails } from '../../../errors.ts';
import type { OwnClient } from '../stream-options.ts';
import { classifyAdlsError } from '../errors.ts';
import { adlsOptions } from '../options.ts';
import { deletePath as remove } from '../path-requests.ts';
import type { AdlsRequests } from '../requests.ts';
import { checkTarget } from '../target.ts';
import type { AdlsCallOptions } from './call-options.ts';
import { clientCall } from './client-call.ts';
import { goneFrom } from './gone.ts';

export interface DeletePathOptions extends AdlsCallOptions {
  /** A directory goes with all that is in it. Default `false`: one that is not empty is `REQUEST_REFUSED`. */
  readonly recursive?: boolean | undefined;
}

const deleteSchema = v.object({ ...callShape, recursive: v.optional(boolean(), false) });

export async function deletePath(
  client: OwnClient,
  container: string,
  path: string,
  options: DeletePathOptions,
): Promise<void> {
  const { recursive, ...call } = adlsOptions(deleteSchema, options, 'deletePath');
  checkTarget(container, path);
  const target = { container, path };
  const series = new RequestSeries('ADLS');
  const subject = { operation: 'delete_path', ...target, isOpenEnded: recursive, within: series.within };
  return clientCall(client, subject, call, async ({ commit, classify }) => {
    let pages = 0;
    const onPage = (): void => {
      pages += 1;
      series.next();
    };
    const send = async (adls: AdlsRequests, cut: AbortSignal): Promise<void> => {
      try {
        await remove(adls, target, { recursive, onPage }, cut);
      } catch (error) {
        // What was there is gone, the last of it by somebody else.
        if (pages === 0 || classifyAdlsError(error, 'write').code !== 'NOT_FOUND') throw error;
      }
    };
    try {
      await commit(send, 'write', (adls, cut) => goneFrom(adls, target, cut));
    } catch (error) {
      const failure = classify(error, 'write');
      throw pages === 0 ? failure : withDetails(failure, { outcome: 'unknown' });
    }
    return [undefined, {}];
  });
}
