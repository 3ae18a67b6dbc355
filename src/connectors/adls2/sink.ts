/** {@link adlsFileSink} by URL. */
import { fileSinkFor } from './file-sink.ts';
import type { AdlsFileSink, AdlsWriteOptions } from './file-sink.ts';
import { parseAdlsUrl } from './uri.ts';

/**
 * Writes the file `adls://container/path` of the profile's account, or `abfss://container@account.dfs.core.windows.net/path`:
 * see {@link adlsFileSink}. The path is taken as it is, nothing is decoded.
 *
 * @throws ConfigError `CONFIG_INVALID` for anything but one file's URL. The stream's errors: `CONFIG_INVALID` also where
 * the URL names another account than the profile's requests go to.
 */
export function adlsSink(url: string, options: AdlsWriteOptions = {}): AdlsFileSink {
  const { container, host, path } = parseAdlsUrl(url);
  return fileSinkFor('adlsSink', { ...options, container, path }, { host });
}
