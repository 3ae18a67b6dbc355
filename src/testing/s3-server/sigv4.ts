/**
 * Verifies AWS Signature Version 4 on a request, in the Authorization header or in the query of a presigned URL.
 * Amazon S3 API reference, "Authenticating Requests (AWS Signature Version 4)".
 */
import { timingSafeEqual } from 'node:crypto';
import { canonicalRequest, hmacHex, signingKey, stringToSign } from './canonical.ts';
import type { Scope } from './canonical.ts';
import type { CredentialStore, KnownCredentials } from './credentials.ts';
import { S3Error } from './errors.ts';
import type { IncomingRequest } from './request.ts';

/** What a verified request is signed with; the body's chunk signatures continue from here. */
export interface Signature {
  readonly scope: Scope;
  readonly time: string;
  readonly key: Buffer;
  readonly signature: string;
  /** The value of x-amz-content-sha256. */
  readonly payload: string;
}

interface Claim {
  readonly accessKeyId: string;
  readonly scope: Scope;
  readonly terminator: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly time: string;
  readonly payload: string;
  readonly token: string | undefined;
  readonly malformed: 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError';
}

export interface Verifier {
  readonly credentials: CredentialStore;
  readonly region: string;
  readonly now: () => Date;
}

/** S3 accepts clocks that are a quarter of an hour apart. */
const MAX_SKEW_MS = 900_000;
/** A presigned URL lives a week at most. */
const MAX_EXPIRES_S = 604_800;

export function verifySignature(request: IncomingRequest, verifier: Verifier): Signature {
  const header = request.rawHeaders.get('authorization')?.[0];
  const presigned = 'X-Amz-Signature' in request.allQuery || 'X-Amz-Algorithm' in request.allQuery;
  if (header === undefined && !presigned) throw new S3Error('AccessDenied');
  const claim = header === undefined ? claimOfQuery(request) : claimOfHeader(request, header);
  checkScope(claim, verifier.region);
  const known = checkCredentials(claim, verifier.credentials);
  if (header === undefined) checkExpiry(request, claim, verifier.now());
  else checkSkew(claim, verifier.now());
  checkSignedHeaders(request, claim);
  const key = signingKey(known.secretAccessKey, claim.scope);
  checkSignature(request, claim, key);
  return { scope: claim.scope, time: claim.time, key, signature: claim.signature, payload: claim.payload };
}

function claimOfHeader(request: IncomingRequest, header: string): Claim {
  const malformed = 'AuthorizationHeaderMalformed';
  if (!header.startsWith('AWS4-HMAC-SHA256 ')) {
    throw new S3Error(
      'InvalidRequest',
      'The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.',
    );
  }
  const fields = Object.fromEntries(
    header
      .slice('AWS4-HMAC-SHA256 '.length)
      .split(',')
      .map((field) => field.trim().split('=', 2)),
  ) as Partial<Record<string, string>>;
  const payload = request.headers['x-amz-content-sha256'];
  if (payload === undefined) {
    throw new S3Error('InvalidRequest', 'Missing required header for this request: x-amz-content-sha256');
  }
  const date = request.headers['x-amz-date'] ?? basicFormat(request.headers['date']);
  if (date === undefined) {
    throw new S3Error('AccessDenied', 'AWS authentication requires a valid Date or x-amz-date header');
  }
  return {
    ...readCredential(fields['Credential'], malformed),
    signedHeaders: (fields['SignedHeaders'] ?? '').split(';'),
    signature: fields['Signature'] ?? '',
    time: date,
    payload,
    token: request.rawHeaders.get('x-amz-security-token')?.[0],
    malformed,
  };
}

function claimOfQuery(request: IncomingRequest): Claim {
  const query = request.allQuery;
  const malformed = 'AuthorizationQueryParametersError';
  const required = ['Algorithm', 'Credential', 'Signature', 'Date', 'SignedHeaders', 'Expires'];
  if (required.some((name) => query[`X-Amz-${name}`] === undefined)) {
    throw new S3Error(
      malformed,
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  if (query['X-Amz-Algorithm'] !== 'AWS4-HMAC-SHA256') {
    throw new S3Error(malformed, 'X-Amz-Algorithm only supports "AWS4-HMAC-SHA256"');
  }
  return {
    ...readCredential(query['X-Amz-Credential'], malformed),
    signedHeaders: (query['X-Amz-SignedHeaders'] ?? '').split(';'),
    signature: query['X-Amz-Signature'] ?? '',
    time: query['X-Amz-Date'] ?? '',
    payload: request.headers['x-amz-content-sha256'] ?? 'UNSIGNED-PAYLOAD',
    token: query['X-Amz-Security-Token'],
    malformed,
  };
}

function readCredential(
  text: string | undefined,
  malformed: Claim['malformed'],
): Pick<Claim, 'accessKeyId' | 'scope' | 'terminator'> {
  const [accessKeyId, date, region, service, terminator, more] = (text ?? '').split('/');
  if (!accessKeyId || !date || !region || !service || !terminator || more !== undefined) {
    throw new S3Error(
      malformed,
      'The authorization header is malformed; the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
    );
  }
  return { accessKeyId, scope: { date, region, service }, terminator };
}

function checkScope({ scope, terminator, time, malformed }: Claim, region: string): void {
  const wrong = (what: string, found: string, expected: string): S3Error =>
    new S3Error(
      malformed,
      `The authorization header is malformed; the ${what} '${found}' is wrong; expecting '${expected}'`,
      {
        Region: region,
      },
    );
  if (scope.region !== region) throw wrong('region', scope.region, region);
  if (scope.service !== 's3') throw wrong('service', scope.service, 's3');
  if (terminator !== 'aws4_request') throw wrong('terminator', terminator, 'aws4_request');
  if (scope.date !== time.slice(0, 8)) throw wrong('date', scope.date, time.slice(0, 8));
}

function checkCredentials({ accessKeyId, token }: Claim, credentials: CredentialStore): KnownCredentials {
  const known = credentials.find(accessKeyId);
  // A temporary key without its token is unknown to S3, not merely unauthenticated.
  if (known === undefined || (known.sessionToken !== undefined && token === undefined)) {
    throw new S3Error('InvalidAccessKeyId', undefined, { AWSAccessKeyId: accessKeyId });
  }
  if (known.expired) throw new S3Error('ExpiredToken');
  if (known.sessionToken !== token) throw new S3Error('InvalidToken');
  return known;
}

function checkSkew({ time }: Claim, now: Date): void {
  const skew = Math.abs(now.getTime() - timeOf(time, 'AccessDenied'));
  if (skew <= MAX_SKEW_MS) return;
  throw new S3Error('RequestTimeTooSkewed', undefined, {
    RequestTime: time,
    ServerTime: now.toISOString(),
    MaxAllowedSkewMilliseconds: MAX_SKEW_MS,
  });
}

function checkExpiry(request: IncomingRequest, { time, malformed }: Claim, now: Date): void {
  const expires = Number(request.allQuery['X-Amz-Expires']);
  if (!Number.isInteger(expires) || expires < 0) {
    throw new S3Error(malformed, 'X-Amz-Expires should be a number');
  }
  if (expires > MAX_EXPIRES_S) {
    throw new S3Error(
      malformed,
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  const start = timeOf(time, malformed);
  if (start > now.getTime() + MAX_SKEW_MS) throw new S3Error('AccessDenied', 'Request is not valid yet');
  if (now.getTime() > start + expires * 1000) {
    throw new S3Error('AccessDenied', 'Request has expired', {
      'X-Amz-Expires': expires,
      Expires: new Date(start + expires * 1000).toISOString(),
      ServerTime: now.toISOString(),
    });
  }
}

/** The host and every `x-amz-*` header sent must be covered by the signature. */
function checkSignedHeaders(request: IncomingRequest, { signedHeaders }: Claim): void {
  const unsigned = [...request.rawHeaders.keys()].filter(
    (name) => (name === 'host' || name.startsWith('x-amz-')) && !signedHeaders.includes(name),
  );
  if (unsigned.length === 0) return;
  throw new S3Error('AccessDenied', 'There were headers present in the request which were not signed', {
    HeadersNotSigned: unsigned.join(', '),
  });
}

function checkSignature(request: IncomingRequest, claim: Claim, key: Buffer): void {
  const canonical = canonicalRequest(request, claim.signedHeaders, claim.payload);
  const toSign = stringToSign(claim.time, claim.scope, canonical);
  if (sameText(hmacHex(key, toSign), claim.signature)) return;
  // What S3 shows here is not secret: it follows from the request. A token in the query would be, so it is left out.
  const shown = claim.token === undefined ? { CanonicalRequest: canonical } : {};
  throw new S3Error('SignatureDoesNotMatch', undefined, {
    AWSAccessKeyId: claim.accessKeyId,
    StringToSign: toSign,
    SignatureProvided: claim.signature,
    StringToSignBytes: Buffer.from(toSign)
      .toString('hex')
      .replace(/(..)(?=.)/g, '$1 '),
    ...shown,
  });
}

/** Compares without telling by its duration where two texts differ. */
export function sameText(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

function timeOf(basic: string, code: 'AccessDenied' | Claim['malformed']): number {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(basic);
  const time = match ? Date.parse(basic.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z')) : NaN;
  if (Number.isNaN(time)) throw new S3Error(code, 'AWS authentication requires a valid Date or x-amz-date header');
  return time;
}

/** `YYYYMMDDTHHMMSSZ` of an HTTP date. */
function basicFormat(date: string | undefined): string | undefined {
  const time = date === undefined ? NaN : Date.parse(date);
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}
