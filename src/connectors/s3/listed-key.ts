/** Keys as listings give them. As XML, those with control characters could not be sent at all, so all are asked for URL-encoded. */
import { connectorError } from '../../errors.ts';

/** The key itself, from a listing that says how it encoded its keys. */
export function listedKey(key: string, encoding: string | undefined): string {
  if (encoding !== 'url') return key;
  try {
    // Form encoding, as S3 does it: a space is `+`.
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw connectorError('SERVER_ERROR', 'S3 listed a key that it did not encode as it said');
  }
}
