/** Addresses of services in settings: of http or https, without credentials, and in the open only within this machine. */
import * as v from 'valibot';
import { text } from './schema.ts';

/** A URL that names a service; whatever could hold a credential is refused. */
export const endpoint = () =>
  v.pipe(text(), v.check(isEndpoint, 'expected http://host or https://host, without credentials'));

/** What is wrong with an endpoint that {@link isOpenHttp} finds open. */
export const OPEN_HTTP = 'http:// to anything but loopback needs allowHttp: true';

/** Whether requests to it could be read on their way: `http://` to anything but this machine. */
export function isOpenHttp(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, hostname } = new URL(url);
  return protocol === 'http:' && !/^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){3}|\[::1\])$/.test(hostname);
}

function isEndpoint(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const { protocol, username, password, search, hash } = new URL(url);
  return /^https?:$/.test(protocol) && username + password + search + hash === '';
}
