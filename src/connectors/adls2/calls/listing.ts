/** A container's paths, listed as one operation: the next page is on its way while this one is used. */
import * as v from 'valibot';
import { callShape } from '../../../config/call-shape.ts';
import { boolean } from '../../../config/schema.ts';
import { Call } from '../../../core/call.ts';
import { listedCall } from '../../../core/listed-call.ts';
import type { OwnClient } from '../stream-options.ts';
import { adlsOptions } from '../options.ts';
import type { PathInfo } from '../path-info.ts';
import { checkPrefix } from '../target.ts';
import type { AdlsCallOptions } from './call-options.ts';
import { callContext, callInfo } from './client-call.ts';
import { pagesBelow } from './prefix-pages.ts';

export interface ListPathsOptions extends AdlsCallOptions {
  /** What the paths begin with, to the letter: `dir` for `dir-2` as well, `dir/` for what is in it. Default: all paths. */
  readonly prefix?: string | undefined;
  /** `false`: only what is directly in the directory that the prefix names up to its last `/`. Default `true`. */
  readonly recursive?: boolean | undefined;
}

const listSchema = v.object({
  ...callShape,
  prefix: v.optional(v.string(), ''),
  recursive: v.optional(boolean(), true),
});

export function listedPaths(
  client: OwnClient,
  container: string,
  options: ListPathsOptions,
): AsyncGenerator<PathInfo, void, undefined> {
  const { prefix, recursive, ...call } = adlsOptions(listSchema, options, 'listPaths');
  checkPrefix(container, prefix);
  const subject = { operation: 'list_paths', container, path: prefix || undefined };
  return listedCall(() => {
    const one = new Call(callInfo(client, subject), call);
    const context = callContext(client, subject, call, one);
    const pages = async function* () {
      for await (const { paths } of pagesBelow(context, { container, prefix, recursive })) yield paths;
    };
    return { one, pages, classify: (error) => context.classify(error, 'read') };
  });
}
