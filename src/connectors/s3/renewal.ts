/** Credentials that S3 calls expired before their time is over: asked for anew, once for all requests that met it. */
import { read, wordOf } from '../../core/foreign.ts';
import type { CredentialProvider } from './asked-credentials.ts';
import type { NativeS3Client } from './native-client.ts';

interface Renewal {
  readonly beganAt: number;
  /** Whether there are other credentials by now. */
  readonly changed: Promise<boolean>;
}

const renewals = new WeakMap<NativeS3Client, Renewal>();

/** Sends, and sends again with new credentials where those it was signed with have expired, if there are any. */
export async function sentAnew<T>(client: NativeS3Client, send: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const sentAt = performance.now();
  try {
    return await send();
  } catch (error) {
    if (!isExpired(error) || !(await renewed(client, sentAt))) throw error;
    signal.throwIfAborted();
    return await send();
  }
}

/** S3's words for it, not those of a token service; an answer to HEAD has no body, and so none but its status. */
function isExpired(error: unknown): boolean {
  const name = wordOf(error, 'name') ?? '';
  if (/^(?:ExpiredToken|TokenRefreshRequired)$/.test(name)) return true;
  return /^(?:400|Unknown|BadRequest)$/.test(name) && read(read(error, '$metadata'), 'httpStatusCode') === 400;
}

async function renewed(client: NativeS3Client, sentAt: number): Promise<boolean> {
  const { config } = client as { readonly config?: { readonly credentials?: CredentialProvider } };
  if (config?.credentials === undefined) return false;
  let renewal = renewals.get(client);
  if (renewal === undefined || renewal.beganAt < sentAt) {
    renewal = { beganAt: performance.now(), changed: renew(config.credentials) };
    renewals.set(client, renewal);
  }
  return renewal.changed;
}

async function renew(credentials: CredentialProvider): Promise<boolean> {
  const old = await credentials();
  const now = await credentials({ forceRefresh: true });
  return old.accessKeyId !== now.accessKeyId || old.sessionToken !== now.sessionToken;
}
