/** What OpenSSL's errors mean for whoever may try again. */

/**
 * Whether a TLS error is about a record that was damaged on its way, and not about two ends that have no TLS in common:
 * the first may pass, the second will not. Takes Node's `code` (`ERR_SSL_...`, which may hold a slash, or `EPROTO`, which
 * says nothing) and the message.
 */
export function isDamagedTls(code: string, message: string): boolean {
  if (!/^(?:EPROTO$|ERR_SSL_)/.test(code)) return false;
  return !DISAGREEMENT.test(code === 'EPROTO' ? message : code);
}

/** Words of OpenSSL's reasons (sslerr.h), with spaces in messages and underscores in codes. */
const DISAGREEMENT =
  /certificate|unknown.ca|protocol.version|handshake.failure|unsupported|no.shared|no.protocols|wrong.version|http.request|access.denied|insufficient.security|unrecognized.name/i;
