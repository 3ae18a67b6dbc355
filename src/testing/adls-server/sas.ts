/** Verifies a shared access signature: its signature, its time, and what it allows. */
import { AdlsError } from './errors.ts';
import { allows } from './permissions.ts';
import type { IncomingRequest } from './request.ts';
import { accountSasText, delegationKeyText, delegationSasText, serviceSasText } from './sas-text.ts';
import { hmac, sameText } from './shared-key.ts';

export interface Signer {
  readonly account: string;
  /** In base64; all that are good. */
  readonly keys: readonly string[];
}

/** Throws `AuthenticationFailed` or one of the `Authorization...Mismatch`. */
export function verifySas(request: IncomingRequest, signer: Signer, now: Date): void {
  const query = request.allQuery;
  const { text, keys } = signedBy(request, signer);
  if (!keys.some((key) => sameText(hmac(key, text), query['sig'] ?? ''))) {
    throw failed(`Signature did not match. String to sign used was ${text}`);
  }
  checkTime(query, now);
  if (query['spr'] === 'https' && !request.encrypted) throw new AdlsError('AuthorizationProtocolMismatch');
  const { operation } = request;
  if (query['ss'] !== undefined && !query['ss'].includes('b')) throw new AdlsError('AuthorizationServiceMismatch');
  const allowed = allows(operation, query['srt'], query['sp'] ?? '');
  if (allowed === 'resource-type') throw new AdlsError('AuthorizationResourceTypeMismatch');
  if (allowed === 'permission') throw new AdlsError('AuthorizationPermissionMismatch');
}

function signedBy(request: IncomingRequest, { account, keys }: Signer): { text: string; keys: readonly string[] } {
  const query = request.allQuery;
  if (query['srt'] !== undefined) return { text: accountSasText(query, account), keys };
  const resource = resourceOf(request, account);
  if (query['skoid'] === undefined) return { text: serviceSasText(query, resource), keys };
  const derived = keys.map((key) => hmac(key, delegationKeyText(query)));
  return { text: delegationSasText(query, resource), keys: derived };
}

/** The container, the directory so many levels down, or the path itself. */
function resourceOf({ container = '', path, allQuery }: IncomingRequest, account: string): string {
  const at = `/blob/${account}/${container}`;
  const segments = (path ?? allQuery['directory'] ?? '').split('/');
  if (allQuery['sr'] === 'c') return at;
  const depth = allQuery['sr'] === 'd' ? Number(allQuery['sdd'] ?? '0') : segments.length;
  return [at, ...segments.slice(0, depth)].join('/');
}

function checkTime({ st, se, sv }: Readonly<Record<string, string>>, now: Date): void {
  if (sv === undefined || se === undefined) throw failed('Signature fields not well formed.');
  const [start, end] = [st === undefined ? -Infinity : Date.parse(st), Date.parse(se)];
  if (start <= now.getTime() && now.getTime() < end) return;
  const frame = `Start [${st ?? ''}] - Expiry [${se}] - Current [${now.toUTCString()}]`;
  throw failed(`Signature not valid in the specified time frame: ${frame}`);
}

const failed = (detail: string): AdlsError => new AdlsError('AuthenticationFailed', { detail });
