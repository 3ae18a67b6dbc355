/**
 * URLs of files: `adls://container/path` on the profile's account, and `abfss://container@account.dfs.core.windows.net/path`
 * (or `abfs://`), which names the account as well. How requests are sent, and as whom, is the profile's to say in either
 * case. A path is opaque: byte for byte what follows the first `/`, nothing decoded and nothing normalised.
 */
import type { Adls2Config } from './config.ts';
import { refused } from './refusal.ts';
import { checkContainer } from './target.ts';

export interface AdlsUrl {
  readonly container: string;
  /** The host that the URL names; undefined for the profile's account. */
  readonly host: string | undefined;
  /** May be empty, and end in `/`. */
  readonly path: string;
}

const FORM = 'expected adls://container/path or abfss://container@account.dfs.core.windows.net/path';

/** @throws ConfigError `CONFIG_INVALID`; the URL is not repeated in the message, for people put credentials in it. */
export function parseAdlsUrl(url: string): AdlsUrl {
  const [, scheme, authority = '', path = ''] = /^(adls|abfss?):\/\/([^/]*)\/?(.*)$/s.exec(url) ?? [];
  const [container = '', host, ...more] = authority.split('@');
  const isWhole = scheme === 'adls' ? host === undefined : host !== undefined && HOST.test(host);
  if (scheme === undefined || !isWhole || more.length > 0) throw refused(FORM);
  checkContainer(container);
  // As it is copied from the portal: it would be a name, or a glob, that errors and spans repeat.
  if (/[?&]sig=/i.test(path)) throw refused('a URL holds no signature: set it as sasToken of the profile');
  return { container, host, path };
}

/** `account.dfs.` and a cloud's domain, of either endpoint. */
const HOST = /^[a-z0-9]{3,24}(?:\.[a-z0-9-]+)*\.(?:dfs|blob)(?:\.[a-z0-9-]+)+$/;

/**
 * Refuses a URL of another account than the one that requests go to. An address that is none of a cloud (an emulator's)
 * names the account alone, so the cloud is not compared there.
 *
 * @param clientUrl - Where requests go.
 * @throws ConfigError `CONFIG_INVALID`
 */
export function checkAccount(host: string, clientUrl: string, { accountName }: Pick<Adls2Config, 'accountName'>): void {
  const { hostname, pathname } = new URL(clientUrl);
  const isCloud = HOST.test(hostname);
  const own = isCloud ? accountHost(hostname) : (/^\/([a-z0-9]+)/.exec(pathname)?.[1] ?? accountName);
  const named = isCloud ? accountHost(host) : host.split('.')[0];
  if (own === named) return;
  const there = own ?? 'an account whose address does not name it';
  throw refused(
    `the URL names the account ${named}, and the profile's requests go to ${there}: use its own profile, or adls://`,
  );
}

/** The one name of an account that its endpoints and private links share. */
function accountHost(host: string): string {
  return host.replace('.privatelink.', '.').replace('.blob.', '.dfs.');
}
