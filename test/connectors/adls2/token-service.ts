/** Who gives tokens, on loopback: Microsoft Entra over TLS, or the endpoint of a managed identity; slow or bad on request. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { ServerCertificate } from '../../../src/testing/postgres/self-signed-certificate.ts';
import { TOKEN } from './account.ts';

export interface TokenRequest {
  readonly path: string;
  /** Of the query and of the form that was posted. */
  readonly fields: Readonly<Record<string, string>>;
  readonly headers: IncomingMessage['headers'];
}

export interface TokenService extends AsyncDisposable {
  readonly origin: string;
  /** Those for a token; asking where to ask is not counted. */
  readonly requests: TokenRequest[];
  /** Instead of giving a token. */
  answer: ((response: ServerResponse) => void) | undefined;
  /** Instead of saying where to ask. */
  discovery: ((response: ServerResponse) => void) | undefined;
  /** How long a token lives. */
  lifetimeSeconds: number;
  /** The one that is given. */
  token: string;
}

export async function startTokenService(certificate?: ServerCertificate): Promise<TokenService> {
  const requests: TokenRequest[] = [];
  const state = {
    answer: undefined as TokenService['answer'],
    discovery: undefined as TokenService['answer'],
    lifetimeSeconds: 3_600,
    token: TOKEN,
  };
  const handle = (request: IncomingMessage, response: ServerResponse): void => {
    void (async () => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      const { pathname, searchParams } = new URL(request.url ?? '', origin());
      if (pathname.endsWith('/openid-configuration')) {
        if (state.discovery === undefined) json(response, 200, discovery(origin()));
        else state.discovery(response);
        return;
      }
      const fields = Object.fromEntries([...searchParams, ...new URLSearchParams(body)]);
      requests.push({ path: pathname, fields, headers: request.headers });
      if (state.answer === undefined) json(response, 200, given(state));
      else state.answer(response);
    })();
  };
  const server =
    certificate === undefined
      ? createServer(handle)
      : createSecureServer({ cert: certificate.certificate, key: certificate.privateKey }, handle);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const origin = (): string =>
    `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(state, {
    origin: origin(),
    requests,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  });
}

/** An answer of the service in its own form. */
export function json(response: ServerResponse, status: number, value: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

const given = ({ token, lifetimeSeconds }: Pick<TokenService, 'token' | 'lifetimeSeconds'>): object => ({
  ...{ token_type: 'Bearer', access_token: token, resource: 'https://storage.azure.com', expires_in: lifetimeSeconds },
  expires_on: String(Math.floor(Date.now() / 1_000) + lifetimeSeconds),
});

const discovery = (origin: string): object => ({
  ...{ token_endpoint: `${origin}/tenant/oauth2/v2.0/token`, authorization_endpoint: `${origin}/authorize` },
  ...{ issuer: `${origin}/tenant/v2.0`, jwks_uri: `${origin}/keys` },
});
