/** Where the objects go: a local S3 server in this process, or the store that the profile `demo` names. */
import { startS3Server } from 'sluice/testing';
import { removePrefix } from './remove-prefix.ts';

export interface ObjectStore {
  readonly title: string;
  /** For the options of `s3Source` and `s3Sink`. */
  readonly connection: { readonly profile: string } | { readonly config: LocalSettings };
  /** Begins the URL of every object of the demo; ends with `/`. */
  readonly baseUrl: string;
  /** Ends everything, throws if something is left, and otherwise says how things stand. */
  close(): Promise<string>;
}

interface LocalSettings {
  readonly endpointUrl: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

const PROFILE_VARIABLES = 'AUTO_WORKFLOW_CONNECTORS_S3_DEMO__';

export async function openObjectStore(): Promise<ObjectStore> {
  const hasProfile = Object.keys(process.env).some((name) => name.startsWith(PROFILE_VARIABLES));
  return hasProfile ? profiled() : local();
}

async function local(): Promise<ObjectStore> {
  const bucket = 'sluice-demo';
  const server = await startS3Server({ buckets: [bucket] });
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  return {
    title: `local server on ${endpoint}, in memory`,
    connection: { config: { endpointUrl: endpoint, region, credentials: { accessKeyId, secretAccessKey } } },
    baseUrl: `s3://${bucket}/`,
    close: async () => {
      const uploads = server.uploads().length;
      await server.close();
      if (uploads > 0) throw new Error(`${uploads} multipart uploads were neither completed nor aborted`);
      return 'S3 server closed, no upload unfinished';
    },
  };
}

async function profiled(): Promise<ObjectStore> {
  const bucket = process.env['SLUICE_DEMO_BUCKET'];
  if (bucket === undefined) {
    throw new Error(`${PROFILE_VARIABLES}... is set: name the bucket to use in SLUICE_DEMO_BUCKET`);
  }
  const prefix = `sluice-demo-${crypto.randomUUID().slice(0, 8)}/`;
  return Promise.resolve({
    title: `profile 'demo' (${PROFILE_VARIABLES}...), s3://${bucket}/${prefix}`,
    connection: { profile: 'demo' },
    baseUrl: `s3://${bucket}/${prefix}`,
    close: async () => {
      await removePrefix(bucket, prefix, (key) => process.env[PROFILE_VARIABLES + key]);
      return `objects under s3://${bucket}/${prefix} deleted`;
    },
  });
}
