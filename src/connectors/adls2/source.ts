/** Files by URL, directory or glob as one Readable: in the order of their paths, each through its own transforms, all within one memory bound. */
import { waits } from '../../config/transfer-shapes.ts';
import type { JoinResult } from '../../core/join-driver.ts';
import type { EachObject, JoinedReference } from '../../core/joined-object.ts';
import { createJoinedSource } from '../../core/joined-source.ts';
import type { JoinedSource } from '../../core/joined-source.ts';
import { connectorError } from '../../errors.ts';
import { aboutPath, classifyAdlsError } from './errors.ts';
import { fileReader } from './file-reader.ts';
import type { AdlsReadOptions } from './file-source.ts';
import { listFiles, parseSelection } from './listing.ts';
import type { PathSelection } from './listing.ts';
import type { ListingOptions } from './listing-pages.ts';
import { adlsOptions, adlsStreamContext, adlsWindow, sourceSchema, streamProfile } from './options.ts';
import type { PathInfo } from './path-info.ts';
import { checkAccount } from './uri.ts';

/** Transforms of one file: byte streams in, byte streams out. */
export type EachFile = EachObject<PathInfo>;

/** How several files are read as one. */
export interface AdlsSourceOptions extends AdlsReadOptions {
  /** Transforms that each file goes through before it is joined, made anew for each: `() => [gunzip(), skipHeader()]`. */
  readonly each?: EachFile | undefined;
  /** When a directory or glob matches nothing: `NO_MATCH`, or an end without bytes. Default `'error'`. */
  readonly onEmpty?: 'error' | 'end' | undefined;
  /** Join several files' bytes as they are. */
  readonly join?: 'raw' | undefined;
}

/** What was read. */
export type AdlsSourceResult = JoinResult;

/** A Readable of one or more files' bytes, with an event for each of them. */
export type AdlsSource = JoinedSource<PathInfo>;

/**
 * Reads `abfss://container@account.dfs.core.windows.net/path` or, on the profile's account, `adls://container/path`;
 * everything below `adls://container/directory/`; or what a glob such as `adls://container/2026/*.csv.gz` matches. With
 * several URLs, one after the other. Files come in the order of their paths' UTF-8 bytes, listed directory by directory
 * while reading, and each is pinned to the ETag and size it was listed with. Parts of the next files are fetched ahead
 * within `concurrency` and `maxBufferedBytes`, which hold for all files together. What `adlsFileSink` has not published
 * yet is left out.
 *
 * More than one file needs `each`, so that a second header line or a missing final newline never becomes data, or
 * `join: 'raw'`. What a transform of `each` threw is the cause of a `PIPELINE_FAILED`; errors name the file.
 *
 * @throws ConfigError `CONFIG_INVALID` at once for malformed URLs and options. The stream's errors: those of
 * `adlsFileSource`, `NO_MATCH`, and before any byte `CONFIG_INVALID` for a URL of another account than the profile's and
 * for several files without `each` or `join`.
 */
export function adlsSource(url: string | readonly string[], options: AdlsSourceOptions = {}): AdlsSource {
  const checked = adlsOptions(sourceSchema, options, 'adlsSource');
  const { verify = true } = checked;
  const selections = (typeof url === 'string' ? [url] : url).map(parseSelection);
  const [first, second] = selections;
  if (first === undefined) throw connectorError('CONFIG_INVALID', 'adlsSource: no URL', { connector: 'adls2' });
  const profile = streamProfile(checked);
  const { settings: config } = profile;
  const size = adlsWindow(checked, config);
  const { lifecycle, retry, limiter, ...context } = adlsStreamContext<AdlsSourceResult>(checked, profile, {
    operation: second === undefined && first.path !== undefined ? 'read_file' : 'read_files',
    container: selections.every(({ container }) => container === first.container) ? first.container : undefined,
    path: second === undefined ? first.path : undefined,
  });
  const connect = async () => {
    const adls = await context.connect();
    for (const { host } of selections) if (host !== undefined) checkAccount(host, adls.client.url, config);
    return adls;
  };
  const listing = { connect, retry, pageMs: config.timeouts.operation };
  return createJoinedSource<FileReference, PathInfo>(
    {
      objects: (hooks) => references(selections, checked.onEmpty, { ...listing, hooks }),
      reader: ({ container, path }) => fileReader({ connect, container, path, verify }),
      classify: (error) => classifyAdlsError(error, 'read'),
      about: (error, { container, path }) => aboutPath(error, container, path),
      ...{ each: options.each, raw: checked.join === 'raw' },
      ranged: { ...size, ...waits(checked, config), retry, limiter },
    },
    lifecycle,
  );
}

interface FileReference extends JoinedReference<PathInfo> {
  readonly container: string;
  readonly path: string;
}

async function* references(
  selections: readonly PathSelection[],
  onEmpty: 'error' | 'end',
  options: ListingOptions,
): AsyncGenerator<FileReference, void, undefined> {
  for (const selection of selections) {
    const { container, path } = selection;
    if (path !== undefined) {
      yield { container, path, info: undefined };
      continue;
    }
    let found = false;
    for await (const info of listFiles(selection, options)) {
      found = true;
      yield { container, path: info.path, info };
    }
    if (!found && onEmpty === 'error') throw connectorError('NO_MATCH', `no file matches ${selection.url}`);
  }
}
