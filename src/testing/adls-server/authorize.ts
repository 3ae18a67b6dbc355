/** Who may ask: Shared Key, shared access signature, or bearer token over TLS. */
import { AdlsError } from './errors.ts';
import type { IncomingRequest } from './request.ts';
import { verifySas } from './sas.ts';
import { hmac, sameText, stringToSign } from './shared-key.ts';

/** What is accepted; it can change while the server runs. */
export interface Authority {
  readonly account: string;
  /** In base64. */
  readonly keys: Set<string>;
  readonly tokens: Set<string>;
  readonly expiredTokens: Set<string>;
  readonly now: () => Date;
}

/** How far a client's clock may be off. */
const MAX_SKEW_MS = 15 * 60_000;
const TENANT = '72f988bf-86f1-41af-91ab-2d7cd011db47';

/** Throws the refusal of whoever may not. */
export function authorize(request: IncomingRequest, authority: Authority): void {
  switch (request.authorization) {
    case 'SharedKey':
      verifySharedKey(request, authority);
      return;
    case 'SAS':
      verifySas(request, { account: authority.account, keys: [...authority.keys] }, authority.now());
      return;
    case 'Bearer':
      verifyToken(request, authority);
      return;
    case 'none':
      throw challenged('NoAuthenticationInformation');
  }
}

function verifySharedKey(request: IncomingRequest, { account, keys, now }: Authority): void {
  const { authorization = '', date } = request.allHeaders;
  const match = /^SharedKey ([^:]+):(.+)$/.exec(authorization);
  const [, claimed, signature = ''] = match ?? [];
  if (claimed !== account) throw new AdlsError('AuthenticationFailed');
  const sent = Date.parse(request.allHeaders['x-ms-date'] ?? date ?? '');
  if (!(Math.abs(now().getTime() - sent) <= MAX_SKEW_MS)) {
    throw new AdlsError('AuthenticationFailed', { detail: 'The Date header in the request is incorrect.' });
  }
  const text = stringToSign(request, account);
  if ([...keys].some((key) => sameText(hmac(key, text), signature))) return;
  // What the service shows here is not secret: it follows from the request.
  const detail = `The MAC signature found in the HTTP request '${signature}' is not the same as any computed signature. Server used following string to sign: '${text}'.`;
  throw new AdlsError('AuthenticationFailed', { detail });
}

function verifyToken(request: IncomingRequest, { tokens, expiredTokens }: Authority): void {
  const token = (request.allHeaders['authorization'] ?? '').slice('Bearer '.length);
  if (!request.encrypted) throw new AdlsError('AuthenticationFailed');
  if (expiredTokens.has(token)) {
    throw challenged('InvalidAuthenticationInfo', 'Lifetime validation failed. The token is expired.');
  }
  if (!tokens.has(token)) throw challenged('InvalidAuthenticationInfo', 'Signature validation failed.');
}

const challenged = (code: 'NoAuthenticationInformation' | 'InvalidAuthenticationInfo', detail?: string): AdlsError =>
  new AdlsError(code, {
    detail,
    headers: {
      'www-authenticate': `Bearer authorization_uri=https://login.microsoftonline.com/${TENANT}/oauth2/authorize resource_id=https://storage.azure.com`,
    },
  });
