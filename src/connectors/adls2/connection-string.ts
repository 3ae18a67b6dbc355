/** What an account's connection string says ("Configure Azure Storage connection strings"). Repeats nothing of it. */
import { isSigned } from './config.ts';
import { refused } from './refusal.ts';

/** An account, and its key or a shared access signature. */
export type ConnectionString =
  | { readonly url: string; readonly accountName: string; readonly accountKey: string }
  | { readonly url: string; readonly sasToken: string };

/** @throws ConfigError `CONFIG_INVALID` for one without an account, an address or a credential, or with two credentials. */
export function parseConnectionString(text: string): ConnectionString {
  const fields = new Map(text.split(';').map(field));
  const accountName = fields.get('accountname');
  const url = urlIn(fields);
  const sasToken = fields.get('sharedaccesssignature');
  const accountKey = fields.get('accountkey');
  if (url === undefined) throw malformed('names no account: neither AccountName nor BlobEndpoint is in it');
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? '')) throw malformed('names no address of http or https');
  if (accountKey !== undefined) {
    if (sasToken !== undefined) throw malformed('holds both AccountKey and SharedAccessSignature');
    if (accountName === undefined) throw malformed('has an AccountKey and no AccountName');
    return { url, accountName, accountKey };
  }
  if (sasToken === undefined || !isSigned(sasToken)) {
    throw malformed('holds neither AccountKey nor a SharedAccessSignature with a `sig`');
  }
  return { url, sasToken };
}

/** Keys are not case sensitive; a value may hold `=`, as base64 does. An empty value is none. */
function field(pair: string): [string, string | undefined] {
  const at = pair.indexOf('=');
  const value = pair.slice(at + 1).trim();
  return [at === -1 ? '' : pair.slice(0, at).trim().toLowerCase(), value === '' ? undefined : value];
}

function urlIn(fields: ReadonlyMap<string, string | undefined>): string | undefined {
  // Of both the SDK knows the other by itself where they are those of a cloud.
  const named = fields.get('blobendpoint') ?? fields.get('dfsendpoint');
  if (named !== undefined) return named.replace(/\/$/, '');
  const accountName = fields.get('accountname');
  const protocol = fields.get('defaultendpointsprotocol') ?? 'https';
  const suffix = fields.get('endpointsuffix') ?? 'core.windows.net';
  return accountName === undefined ? undefined : `${protocol}://${accountName}.dfs.${suffix}`;
}

const malformed = (what: string): Error => refused(`connectionString ${what}`);
