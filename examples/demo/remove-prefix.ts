/** Deletes all objects of the demo from a real store. */
import { DeleteObjectsCommand, S3Client, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { S3ClientConfig } from '@aws-sdk/client-s3';

/** `setting` gives the settings of the profile, by the ends of their variables' names. */
export async function removePrefix(
  bucket: string,
  prefix: string,
  setting: (key: string) => string | undefined,
): Promise<void> {
  const client = new S3Client(clientSettings(setting));
  try {
    for await (const page of paginateListObjectsV2({ client }, { Bucket: bucket, Prefix: prefix })) {
      const objects = (page.Contents ?? []).map(({ Key }) => ({ Key }));
      if (objects.length === 0) continue;
      const { Errors = [] } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
      );
      if (Errors.length > 0) throw new Error(`${Errors.length} objects under s3://${bucket}/${prefix} are left`);
    }
  } finally {
    client.destroy();
  }
}

function clientSettings(setting: (key: string) => string | undefined): S3ClientConfig {
  const endpoint = setting('ENDPOINT_URL');
  const region = setting('REGION') ?? (endpoint === undefined ? undefined : 'us-east-1');
  const accessKeyId = setting('CREDENTIALS__ACCESS_KEY_ID');
  const secretAccessKey = setting('CREDENTIALS__SECRET_ACCESS_KEY');
  const sessionToken = setting('CREDENTIALS__SESSION_TOKEN');
  return {
    ...(endpoint === undefined ? {} : { endpoint, forcePathStyle: true }),
    ...(region === undefined ? {} : { region }),
    ...(accessKeyId === undefined || secretAccessKey === undefined
      ? {}
      : { credentials: { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) } }),
  };
}
