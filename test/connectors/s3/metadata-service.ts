/** The metadata service of an instance, and that of a container, on loopback: gives credentials out, or does not. */
import { createServer } from 'node:http';
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { Session } from './token-service.ts';

export interface MetadataService extends AsyncDisposable {
  /** For `AWS_EC2_METADATA_SERVICE_ENDPOINT`. */
  readonly endpoint: string;
  /** For `AWS_CONTAINER_CREDENTIALS_FULL_URI`. */
  readonly container: string;
  /** Method, path, and the token of the metadata service or of the container, of every request so far. */
  readonly requests: readonly string[];
  /** Of the requests for credentials, the first ones are answered so. */
  readonly answers: ((response: ServerResponse, document: string) => void)[];
}

export const INSTANCE_TOKEN = 'canary-instance-token';
const ROLE = '/latest/meta-data/iam/security-credentials/';

export async function startMetadataService({
  accessKeyId: AccessKeyId,
  secretAccessKey: SecretAccessKey,
  sessionToken: Token,
}: Session): Promise<MetadataService> {
  const requests: string[] = [];
  const answers: MetadataService['answers'] = [];
  const Expiration = new Date(Date.now() + 3_600_000).toISOString();
  const document = JSON.stringify({ Code: 'Success', AccessKeyId, SecretAccessKey, Token, Expiration });
  const server = createServer(({ method, url, headers }, response) => {
    const token = headers['x-aws-ec2-metadata-token'] ?? headers.authorization ?? '';
    requests.push(`${method} ${url} ${String(token)}`.trim());
    if (url === '/latest/api/token') response.end(INSTANCE_TOKEN);
    else if (url === ROLE) response.end('loader');
    else (answers.shift() ?? ((to) => to.end(document)))(response, document);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint,
    container: `${endpoint}/container`,
    requests,
    answers,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
