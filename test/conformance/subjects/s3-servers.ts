/** S3 services as servers, with nothing of ours between them and the SDK. */
import assert from 'node:assert/strict';
import { S3Client } from '@aws-sdk/client-s3';
import type { Subject } from '../check.ts';
import type { S3ServerPlace } from '../s3-server/place.ts';
import { once } from './once.ts';
import { removeObjects } from './s3-service.ts';
import type { S3Service } from './s3-service.ts';

/** Makes a server out of the one behind `client` that is wrong in something. */
export type SpoilClient = (client: S3Client, rightful: S3Client) => S3Client;

export function s3ServerSubject(
  name: string,
  start: () => Promise<S3Service>,
  remarks: Pick<Subject<S3ServerPlace>, 'lacks'> = {},
  spoil: SpoilClient = (client) => client,
): Subject<S3ServerPlace> {
  const running = once(start);
  let places = 0;
  return {
    ...{ name, start: () => running.get(), close: () => running.close(), ...remarks },
    async open() {
      return place(await running.get(), `server-${(places += 1)}/`, spoil);
    },
  };
}

function place(at: S3Service, name: string, spoil: SpoilClient): S3ServerPlace {
  const { bucket, minPartSize } = at;
  const prefix = at.prefix + name;
  const arranging = clientOf(at);
  const client = spoil(clientOf(at), arranging);
  return {
    ...{ client, bucket, prefix, minPartSize },
    stranger(credentials) {
      const { accessKeyId = 'any' } = at.settings.credentials ?? {};
      const key = credentials === 'unknown key' ? 'NOBODYKNOWSTHISKEY00' : accessKeyId;
      return spoil(clientOf(at, { accessKeyId: key, secretAccessKey: 'not the secret at all' }), arranging);
    },
    assertClean: async () => assert.equal(await at.openUploads(`${prefix}object`), 0, 'an upload is left'),
    async [Symbol.asyncDispose]() {
      client.destroy();
      await removeObjects(arranging, bucket, prefix);
      arranging.destroy();
    },
  };
}

function clientOf({ settings }: S3Service, credentials = settings.credentials): S3Client {
  const { region = 'us-east-1', endpointUrl } = settings;
  return new S3Client({
    ...{ region, maxAttempts: 1 },
    ...(endpointUrl === undefined ? {} : { endpoint: endpointUrl, forcePathStyle: true }),
    ...(credentials === undefined
      ? {}
      : { credentials: { accessKeyId: credentials.accessKeyId, secretAccessKey: credentials.secretAccessKey } }),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
}
