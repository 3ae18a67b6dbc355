import assert from 'node:assert/strict';
import { networkFailure } from '../../src/core/network-errors.ts';

/** Node's documentation, tls, "X509 certificate error codes", and its own check of the name. */
const CERTIFICATES = `UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE
  UNABLE_TO_DECRYPT_CRL_SIGNATURE UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE
  CERT_NOT_YET_VALID CERT_HAS_EXPIRED CRL_NOT_YET_VALID CRL_HAS_EXPIRED ERROR_IN_CERT_NOT_BEFORE_FIELD
  ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD
  DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY
  UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_CHAIN_TOO_LONG CERT_REVOKED INVALID_CA PATH_LENGTH_EXCEEDED INVALID_PURPOSE
  CERT_UNTRUSTED CERT_REJECTED HOSTNAME_MISMATCH ERR_TLS_CERT_ALTNAME_INVALID`.split(/\s+/);

describe('what the network says', () => {
  it('of every certificate that is refused: AUTH_FAILED', () => {
    assert.equal(CERTIFICATES.length, 28);
    for (const code of CERTIFICATES) assert.equal(networkFailure({ code })?.code, 'AUTH_FAILED', code);
  });

  it('is nothing where files, streams or arguments fail', () => {
    const codes = [
      'ENOENT',
      'EACCES',
      'EPERM',
      'ENOSPC',
      'EMFILE',
      'ABORT_ERR',
      'ERR_STREAM_DESTROYED',
      'ERR_INVALID_URL',
    ];
    for (const code of codes) assert.equal(networkFailure({ code, syscall: 'open' }), undefined, code);
    for (const given of [undefined, 'ECONNRESET', {}, { code: 7 }, { code: 'ECONNRESET\n' }]) {
      assert.equal(networkFailure(given), undefined);
    }
  });

  it('repeats the code and no other word', () => {
    const failure = networkFailure({ code: 'ECONNRESET', message: 'c4n4ry', hostname: 'c4n4ry' });
    assert.deepEqual(failure, { code: 'CONNECTION_LOST', message: 'the connection broke (ECONNRESET)' });
  });
});
