/** An account's blob endpoint on loopback: answers the list of file systems to whoever is authorized, or what it is told to. */
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';

export const ACCOUNT = 'lake';
export const ACCOUNT_KEY = Buffer.from('canary/key of the account').toString('base64');
export const SAS = 'sv=2026-01-01&ss=b&srt=s&sp=rl&se=2049-01-01T00%3A00%3A00Z&sig=canary%2Bsignature%3D';
export const TOKEN = 'canary.bearer.token';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

export interface Account extends AsyncDisposable {
  /** Path style, as at any address that is none of a cloud. */
  readonly url: string;
  readonly port: number;
  /** How each request was authorized, and with what it was: `SharedKey`, `SAS`, `Bearer`, or as nobody. */
  readonly callers: string[];
  /** The credentials that are good. */
  accountKey: string;
  sas: string;
  token: string;
  /** Instead of the list. */
  answer: Answer | undefined;
}

export async function startAccount(certificate?: ServerCertificate): Promise<Account> {
  const state = { accountKey: ACCOUNT_KEY, sas: SAS, token: TOKEN, answer: undefined as Answer | undefined };
  const callers: string[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    const { caller, isAuthorized } = examine(request, state);
    callers.push(caller);
    response.setHeader('x-ms-request-id', 'R1');
    if (state.answer !== undefined) state.answer(response, request);
    else if (!isAuthorized) refusal(403, 'AuthenticationFailed')(response, request);
    else listed(response, request);
  };
  const server =
    certificate === undefined
      ? createServer(handle)
      : createSecureServer({ cert: certificate.certificate, key: certificate.privateKey }, handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return Object.assign(state, {
    url: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${ACCOUNT}`,
    port,
    callers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

/** The list of an account that has no file systems. */
export const listed: Answer = (response) => {
  response.setHeader('content-type', 'application/xml');
  response.end('<?xml version="1.0"?><EnumerationResults><Containers/><NextMarker/></EnumerationResults>');
};

/** An error as the blob endpoint tells it, whose message repeats the request's credentials. */
export function refusal(status: number, code: string): Answer {
  return (response, { headers, url = '' }) => {
    const told = `${headers.authorization ?? ''} ${url}`.replaceAll('&', '&amp;');
    response.writeHead(status, { 'content-type': 'application/xml', 'x-ms-error-code': code });
    response.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${told}</Message></Error>`);
  };
}

interface Credentials {
  readonly accountKey: string;
  readonly sas: string;
  readonly token: string;
}

/** By what Azure documents ("Authorize with Shared Key", "Create an account SAS"), not by the SDK. */
function examine(request: IncomingMessage, { accountKey, sas, token }: Credentials) {
  const url = new URL(request.url ?? '', 'http://host');
  const { authorization } = request.headers;
  if (authorization?.startsWith('SharedKey ') === true) {
    const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(signed(request, url));
    return {
      caller: 'SharedKey',
      isAuthorized: authorization === `SharedKey ${ACCOUNT}:${signature.digest('base64')}`,
    };
  }
  if (authorization !== undefined) return { caller: 'Bearer', isAuthorized: authorization === `Bearer ${token}` };
  const given = [...new URLSearchParams(sas)].every(([name, value]) => url.searchParams.get(name) === value);
  return url.searchParams.has('sig')
    ? { caller: 'SAS', isAuthorized: given }
    : { caller: 'nobody', isAuthorized: false };
}

/** Of a GET without a body or conditions. */
function signed({ method = '', headers }: IncomingMessage, { pathname, searchParams }: URL): string {
  const named = Object.entries(headers).filter(([name]) => name.startsWith('x-ms-'));
  const lines = named
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, value]) => `${name}:${String(value)}`);
  const query = [...searchParams].sort(([one], [other]) => (one < other ? -1 : 1));
  const resource = [`/${ACCOUNT}${pathname}`, ...query.map(([name, value]) => `${name}:${value}`)];
  return [method, ...Array<string>(11).fill(''), ...lines, ...resource].join('\n');
}
