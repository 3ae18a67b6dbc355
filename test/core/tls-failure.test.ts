import assert from 'node:assert/strict';
import { isDamagedTls } from '../../src/core/tls-failure.ts';

const DAMAGED: readonly (readonly [string, string])[] = [
  [
    'EPROTO',
    'write EPROTO 40:error:0A000119:SSL routines:tls_get_more_records:decryption failed or bad record mac:x.c:873:',
  ],
  ['ERR_SSL_BAD_RECORD_TYPE', ''],
  ['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', ''],
  ['ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC', ''],
  ['ERR_SSL_SSL/TLS_ALERT_UNEXPECTED_MESSAGE', ''],
  ['ERR_SSL_TLSV1_ALERT_DECODE_ERROR', ''],
];

const OTHERS: readonly (readonly [string, string])[] = [
  ['EPROTO', 'write EPROTO 40:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:355:'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', ''],
  ['ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', ''],
  ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', ''],
  ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', ''],
  ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', ''],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'bad record mac'],
  ['ECONNRESET', 'bad record mac'],
];

describe('TLS failures', () => {
  it('tell a damaged record from two ends that cannot agree', () => {
    for (const [code, message] of DAMAGED) assert.equal(isDamagedTls(code, message), true, code);
    for (const [code, message] of OTHERS) assert.equal(isDamagedTls(code, message), false, code);
  });
});
