/** A second client, independent of the SDK: signs by the letter of the documentation and sees every byte of the wire. */
import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { replyTo } from '../../support/raw-reply.ts';
import type { RawReply } from '../../support/raw-reply.ts';

export interface RawRequest {
  readonly method?: string;
  /** Percent-encoded, without the account. */
  readonly path: string;
  /** In the order in which it is signed. */
  readonly query?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Default: with the server's key. */
  readonly sign?: { readonly key?: string; readonly account?: string; readonly date?: Date } | false;
}

const VERSION = '2026-06-06';

/** Sends a request on a connection of its own; resolves also with half a reply, rejects with none. */
export function send(server: AdlsServer, what: RawRequest): Promise<RawReply> {
  const { method = 'GET', path, query = '', sign = {} } = what;
  const body = Buffer.from(what.body ?? '');
  const rawPath = `/${server.accountName}${path}`;
  const headers: Record<string, string> = {
    ...{ 'x-ms-version': VERSION, 'content-length': String(body.length) },
    ...what.headers,
  };
  if (sign !== false) {
    headers['x-ms-date'] = (sign.date ?? new Date()).toUTCString();
    const account = sign.account ?? server.accountName;
    const text = textToSign(method, headers, `/${account}${rawPath}`, query);
    const key = Buffer.from(sign.key ?? server.accountKey, 'base64');
    headers['authorization'] = `SharedKey ${account}:${createHmac('sha256', key).update(text).digest('base64')}`;
  }
  const target = query === '' ? rawPath : `${rawPath}?${query}`;
  const to = { host: '127.0.0.1', port: server.port, method, path: target, headers, agent: false, ca: server.ca };
  return replyTo(server.ca === undefined ? httpRequest(to) : httpsRequest(to), body);
}

/** Of a request whose query is in order and whose other headers are empty. */
function textToSign(
  method: string,
  headers: Readonly<Record<string, string>>,
  resource: string,
  query: string,
): string {
  const named = (name: string): string => headers[name] ?? '';
  const length = named('content-length') === '0' ? '' : named('content-length');
  const own = Object.entries(headers)
    .filter(([name]) => name.startsWith('x-ms-'))
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${value}`);
  const pairs = query.split('&').filter((pair) => /=./.test(pair));
  return [
    ...[method, '', '', length, named('content-md5'), named('content-type'), '', named('if-modified-since')],
    ...[named('if-match'), named('if-none-match'), named('if-unmodified-since'), ''],
    ...own,
    [
      resource,
      ...pairs.map((pair) =>
        decodeURIComponent(pair.replace(/^[^=]*=/, (name) => `${name.slice(0, -1).toLowerCase()}:`)),
      ),
    ].join('\n'),
  ].join('\n');
}
