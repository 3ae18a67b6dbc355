/** What errors of others carry: the forms in which vendors, proxies and loggers write secrets. */
import { inspect } from 'node:util';
import { ACCOUNT_KEY, PASSWORD, SAS, SECRET_KEY, SESSION_TOKEN, SIGNATURE, VALUE } from './canaries.ts';

const e = encodeURIComponent;
const QUERY = `X-Amz-Date=1&X-Amz-Security-Token=${e(SESSION_TOKEN)}&X-Amz-Signature=${SIGNATURE}`;
const PRESIGNED = `https://b.s3.eu-west-1.amazonaws.com/k?X-Amz-Algorithm=AWS4-HMAC-SHA256&${QUERY}`;
const SHARED = `sv=2026-01-01&sp=r&sig=${e(SAS)}&se=2027`;
const SAS_URL = `https://acc.dfs.core.windows.net/c/p?${SHARED}`;
const SIGNED = `AWS4-HMAC-SHA256 Credential=AKID/20261120/s3/aws4_request, SignedHeaders=host, Signature=${SIGNATURE}`;
const CONNECTION = `DefaultEndpointsProtocol=https;AccountName=acc;AccountKey=${ACCOUNT_KEY};EndpointSuffix=core.windows.net`;
const DSN = `postgresql://keeper:${e(PASSWORD)}@db:5432/x?sslmode=require`;

const quoted = (text: string): string => {
  try {
    JSON.parse(text);
  } catch (error) {
    return String(error);
  }
  return '';
};

export const FOREIGN_TEXTS: Readonly<Record<string, string>> = {
  'a presigned URL': `GET ${PRESIGNED} answered 403`,
  'a presigned path': `cannot GET /b/k?${QUERY}`,
  'a presigned URL of the older kind': `https://b.s3.amazonaws.com/k?AWSAccessKeyId=A&Signature=${SIGNATURE}&Expires=1`,
  'a presigned URL in XML': `<Resource>${PRESIGNED.replaceAll('&', '&amp;')}</Resource>`,
  'a presigned URL in JSON of a careful encoder': `{"url":"${PRESIGNED.replaceAll('&', '\\u0026')}"}`,
  'a presigned URL as a parameter of another': `GET https://proxy/fetch?url=${e(PRESIGNED)} failed`,
  'an Authorization header': `authorization: ${SIGNED}\r\nhost: b`,
  'what an Authorization header says': `told ${SIGNED} to host`,
  'headers as an object': inspect({ 'x-amz-security-token': SESSION_TOKEN, authorization: SIGNED }),
  'headers as a list': JSON.stringify(['x-amz-security-token', SESSION_TOKEN, 'authorization', SIGNED]),
  'credentials as an object': inspect({ accessKeyId: 'A', secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN }),
  'credentials in the environment': `AWS_SECRET_ACCESS_KEY=${SECRET_KEY} AWS_SESSION_TOKEN=${SESSION_TOKEN}`,
  'credentials of a shared file': `[default]\naws_secret_access_key = ${SECRET_KEY}\naws_session_token = ${SESSION_TOKEN}`,
  'credentials of the token service': `<SecretAccessKey>${SECRET_KEY}</SecretAccessKey><SessionToken>${SESSION_TOKEN}</SessionToken>`,
  'a URL with a shared access signature': `PUT ${SAS_URL} answered 403`,
  'a shared access signature': `no access with ?sig=${e(SAS)}&sv=1`,
  'a shared access signature by its name': `sas=${SHARED} was refused`,
  'a shared access signature in JSON of a careful encoder': `{"url":"${SAS_URL.replaceAll('&', '\\u0026')}"}`,
  'a shared access signature in XML': `<Uri>${SAS_URL.replaceAll('&', '&amp;')}</Uri>`,
  'a URL with a shared access signature as a parameter': `GET https://proxy/?url=${e(SAS_URL)} failed`,
  'a connection string': `malformed: ${CONNECTION}`,
  'a connection string of an option': inspect({ connectionString: CONNECTION }),
  'a connection string with a shared access signature': `BlobEndpoint=https://a;SharedAccessSignature=${SHARED}`,
  'an account key as an object': inspect({ accountName: 'acc', accountKey: ACCOUNT_KEY }),
  'an account key as bytes': inspect({ accountName: 'acc', accountKey: Buffer.from(ACCOUNT_KEY, 'base64') }),
  'a header with a shared key': `authorization: SharedKey acc:${ACCOUNT_KEY}\r\nx-ms-date: 1`,
  'what a header with a shared key says': `told SharedKey acc:${ACCOUNT_KEY} and was refused`,
  'a bearer token': `sent Bearer ${SESSION_TOKEN.replaceAll(' ', '')} to h`,
  'a DSN': `cannot connect to ${DSN}`,
  'a DSN that nobody encoded': `invalid URL: postgresql://keeper:${PASSWORD}@db:5432/x`,
  'a DSN as a parameter of another URL': `GET https://proxy/?dsn=${e(DSN)} failed`,
  'a conninfo': `host=db password='${PASSWORD}' user=keeper`,
  'a variable of libpq': `PGPASSWORD='${PASSWORD}' psql`,
  'options of a driver': inspect({ host: 'db', user: 'keeper', password: PASSWORD }),
  'JSON that breaks at its end': quoted(`{"name":"${VALUE}"`),
  'JSON that is none': quoted(VALUE),
  'JSON that is none in its middle': quoted(`{"a":1, "b":"${VALUE}" "c":2, "d":"some more text behind it"}`),
  'an argument of the wrong type': `The "size" argument must be of type number. Received type string ('${VALUE}')`,
  'an argument with a wrong value': `The argument 'encoding' is invalid. Received '${VALUE}'`,
};
