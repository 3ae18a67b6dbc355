/** Everything around the process under test: a real PostgreSQL, an S3 server, and a proxy before each. */
import { setTimeout as sleep } from 'node:timers/promises';
import { AbortMultipartUploadCommand, S3Client } from '@aws-sdk/client-s3';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { startPostgres } from '../../src/testing/postgres/index.ts';
import type { AdminRow, StopMode, TestPostgres } from '../../src/testing/postgres/index.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../src/testing/s3-server/index.ts';
import { startTlsFront } from './tls-front.ts';

export const BUCKET = 'soak';

export interface World extends AsyncDisposable {
  readonly s3: S3Server;
  readonly proxies: { readonly postgres: ChaosProxy; readonly s3: ChaosProxy };
  /** The password, the key: what no error may show. */
  readonly secrets: readonly string[];
  /** Through the proxies. */
  readonly dsn: string;
  readonly endpointUrl: string;
  /** Of PostgreSQL, and of the store: PEM. */
  readonly caCertificate: string;
  readonly storeCa: string;
  /** SQL past the proxy, whatever is being done to the server: waits until it is up again. */
  sql(text: string, params?: readonly unknown[]): Promise<AdminRow[]>;
  restartPostgres(mode: StopMode): Promise<void>;
  /** Removes an upload that was left, past the proxy. */
  abortUpload(key: string, uploadId: string): Promise<void>;
}

/** How long the server may be away before that is a failure of the soak itself. */
const AWAY_MS = 60_000;

/** Both are reached by TLS, whose records tell when a byte was changed; over plain TCP nobody could. */
export async function openWorld(): Promise<World> {
  await using started = new AsyncDisposableStack();
  const postgres = started.use(await startPostgres({ tls: true }));
  const { caCertificate } = postgres;
  if (caCertificate === undefined) throw new Error('a server with TLS has a certificate');
  const limits = { minPartSize: 1 };
  // What the soak is about is not hashing: the CRC-32 that the client sends is verified all the same.
  const s3 = started.use(await startS3Server({ buckets: [BUCKET], limits, defaultChecksum: 'none', etags: 'opaque' }));
  const toPostgres = started.use(await startChaosProxy({ host: postgres.host, port: postgres.port }));
  const front = started.use(await startTlsFront(s3.port));
  const toS3 = started.use(await startChaosProxy({ host: '127.0.0.1', port: front.port }));
  const { endpoint, region, accessKeyId, secretAccessKey } = s3;
  const direct = new S3Client({
    ...{ endpoint, region, forcePathStyle: true },
    credentials: { accessKeyId, secretAccessKey },
  });
  started.defer(() => direct.destroy());
  const dsn = new URL(postgres.dsn);
  dsn.port = String(toPostgres.port);
  dsn.searchParams.set('sslmode', 'verify-full');
  const { sql, restart } = patient(postgres);
  const all = started.move();
  return {
    ...{ s3, sql, caCertificate, storeCa: front.ca, proxies: { postgres: toPostgres, s3: toS3 } },
    secrets: [postgres.password, secretAccessKey],
    dsn: dsn.href,
    endpointUrl: `https://127.0.0.1:${toS3.port}`,
    restartPostgres: restart,
    async abortUpload(key, uploadId) {
      const until = performance.now() + AWAY_MS;
      // The weather is the store's own as well: it may lose this answer, too.
      while (s3.uploads().some((upload) => upload.uploadId === uploadId)) {
        const command = new AbortMultipartUploadCommand({ Bucket: BUCKET, Key: key, UploadId: uploadId });
        const signal = AbortSignal.timeout(5_000);
        const failed = await direct.send(command, { abortSignal: signal }).catch((error: unknown) => error as Error);
        if (failed instanceof Error && performance.now() > until) throw failed;
      }
    },
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** A server that is restarted under those who ask it. */
function patient(server: TestPostgres): { sql: World['sql']; restart: World['restartPostgres'] } {
  let restarting: Promise<void> = Promise.resolve();
  return {
    async sql(text, params) {
      const until = performance.now() + AWAY_MS;
      for (;;) {
        await restarting;
        try {
          return await server.admin(text, params);
        } catch (error) {
          // SQLSTATE class 57 is the server going away; what has no SQLSTATE is the connection.
          const { code = '' } = error as { code?: string };
          const away = code.startsWith('57') || !/^[0-9A-Z]{5}$/.test(code) || code === 'EPIPE';
          if (!away || performance.now() > until) throw error;
          await sleep(50);
        }
      }
    },
    restart(mode) {
      restarting = restarting.then(() => server.restart(mode));
      return restarting;
    },
  };
}
