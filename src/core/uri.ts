/**
 * URIs of objects. A key is opaque: byte for byte what follows the first `/` after the bucket, nothing decoded and nothing
 * normalised. So the WHATWG `URL` class, which folds `..` and escapes characters, is not used here.
 */

import { connectorError } from '../errors.ts';

/** Where an object, a prefix or a glob is. */
export interface ObjectUri {
  /** Without `://`, such as `s3`. */
  readonly scheme: string;
  readonly bucket: string;
  /** As stored. May be empty (the whole bucket), begin with `/`, and hold `//`, `?`, `#`, `%` and spaces. */
  readonly key: string;
}

/**
 * Splits `scheme://bucket/key`. `?` and `#` have no meaning in such a URI: they belong to the key, and `%41` is three
 * characters. `scheme://bucket` and `scheme://bucket/` both have the empty key.
 *
 * @param schemes - The schemes accepted here, without `://`; compared exactly.
 * @throws ConfigError `CONFIG_INVALID` for another scheme, a bucket that is missing or cannot be one, a lone surrogate, or
 * a key over 1,024 bytes of UTF-8 (Amazon S3 user guide, "Naming Amazon S3 objects"). The URI is not repeated in the message,
 * for people put credentials in it.
 */
export function parseObjectUri(uri: string, schemes: readonly string[]): ObjectUri {
  const scheme = schemes.find((known) => uri.startsWith(`${known}://`));
  if (scheme === undefined) {
    throw connectorError('CONFIG_INVALID', `expected a URI of the form ${schemes.map(form).join(' or ')}`);
  }
  const rest = uri.slice(scheme.length + '://'.length);
  const slash = rest.indexOf('/');
  const [bucket, key] = slash === -1 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash + 1)];
  return checked({ scheme, bucket, key });
}

/**
 * The inverse of {@link parseObjectUri}: parsing the result gives the same parts.
 *
 * @throws ConfigError `CONFIG_INVALID` for parts that no URI could hold.
 */
export function formatObjectUri(uri: ObjectUri): string {
  const { scheme, bucket, key } = checked(uri);
  return `${scheme}://${bucket}/${key}`;
}

const MAX_KEY_BYTES = 1_024;

const form = (scheme: string): string => `${scheme}://bucket/key`;

function checked(uri: ObjectUri): ObjectUri {
  const problem = problemOf(uri);
  if (problem === undefined) return uri;
  throw connectorError('CONFIG_INVALID', `${problem}; the form is ${form(uri.scheme)}`);
}

function problemOf({ scheme, bucket, key }: ObjectUri): string | undefined {
  if (bucket === '') return `a ${scheme} URI names no bucket`;
  if (bucket.includes(':') && bucket.includes('@')) {
    return `a ${scheme} URI holds no credentials: they belong in the profile`;
  }
  if (/[\s\p{Cc}/\\:?#%]/u.test(bucket)) {
    return `the bucket of a ${scheme} URI holds no spaces, control characters, nor any of / \\ : ? # %`;
  }
  if (!bucket.isWellFormed() || !key.isWellFormed()) {
    return `a ${scheme} URI holds half of a surrogate pair, which has no UTF-8 form`;
  }
  const bytes = Buffer.byteLength(key);
  return bytes > MAX_KEY_BYTES ? `a key has at most ${MAX_KEY_BYTES} bytes of UTF-8, and this one ${bytes}` : undefined;
}
