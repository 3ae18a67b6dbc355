/** The S3 servers of the cases, and how each client is told of them. */
import { shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';
import { startServerProcess } from '../servers/run-as-process.ts';
import { distantPort } from './distance.ts';
import type { Distance } from './distance.ts';

export interface ObjectStore {
  readonly port: number;
  /** Path-style address of the bucket `bench`. */
  readonly url: string;
  /** The settings of our own client. */
  readonly config: object;
  /** Those of the AWS SDK. */
  readonly client: object;
  /** Those of minio-js. */
  readonly minio: object;
  /** Those of OpenDAL. */
  readonly opendal: object;
  /** `aws s3 cp <from> <to>`, multipart as given. */
  awsCopy(from: string, to: string, concurrency: number): string;
  /** rclone with the remote `bench:`. */
  rclone(command: string): string;
}

const KEYS = { accessKeyId: 'bench', secretAccessKey: 'bench' };
const REGION = 'us-east-1';

/** Serves objects out of memory: `--object <key>=<bytes>`, `--small <n>x<bytes>:<prefix>`. */
export async function staticStore(stack: AsyncDisposableStack, ...objects: string[]): Promise<ObjectStore> {
  return objectStore(stack.use(await startServerProcess('static-s3', objects)).port);
}

/** Takes uploads and throws them away. */
export async function drainingStore(stack: AsyncDisposableStack): Promise<ObjectStore> {
  return objectStore(stack.use(await startServerProcess('draining-s3')).port);
}

/** The same store from afar. */
export async function fromAfar(
  stack: AsyncDisposableStack,
  { port }: ObjectStore,
  distance: Distance,
): Promise<ObjectStore> {
  return objectStore(await distantPort(stack, port, distance));
}

function objectStore(port: number): ObjectStore {
  const endpoint = `http://127.0.0.1:${port}`;
  const { accessKeyId, secretAccessKey } = KEYS;
  return {
    port,
    url: `${endpoint}/bench`,
    config: { endpointUrl: endpoint, region: REGION, credentials: KEYS },
    client: { endpoint, region: REGION, credentials: KEYS, forcePathStyle: true },
    minio: {
      ...{ endPoint: '127.0.0.1', port, useSSL: false, pathStyle: true, region: REGION },
      ...{ accessKey: accessKeyId, secretKey: secretAccessKey },
    },
    opendal: {
      ...{ endpoint, bucket: 'bench', region: REGION },
      ...{ access_key_id: accessKeyId, secret_access_key: secretAccessKey },
    },
    awsCopy: (from, to, concurrency) => {
      // The CLI takes these from its configuration alone; `/dev/fd` spares a file.
      const settings = `max_concurrent_requests=${concurrency}\n  multipart_chunksize=8MB\n  multipart_threshold=8MB`;
      const file = `[default]\nregion=${REGION}\ns3=\n  ${settings}\n`;
      const env = `AWS_ACCESS_KEY_ID=${accessKeyId} AWS_SECRET_ACCESS_KEY=${secretAccessKey} AWS_EC2_METADATA_DISABLED=true`;
      const copy = `${toolPath('aws')} --endpoint-url ${endpoint} s3 cp --quiet ${shellWord(from)} ${shellWord(to)}`;
      return `${env} AWS_CONFIG_FILE=<(printf %s ${shellWord(file)}) ${copy}`;
    },
    rclone: (command) => {
      const remote = {
        TYPE: 's3',
        PROVIDER: 'Other',
        ENDPOINT: endpoint,
        REGION,
        ACCESS_KEY_ID: accessKeyId,
        SECRET_ACCESS_KEY: secretAccessKey,
      };
      const env = Object.entries(remote).map(([name, value]) => `RCLONE_CONFIG_BENCH_${name}=${shellWord(value)}`);
      return `${env.join(' ')} RCLONE_CONFIG=/dev/null ${toolPath('rclone')} ${command}`;
    },
  };
}
