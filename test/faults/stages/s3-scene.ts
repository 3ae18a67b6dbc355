/** A case of an S3 stream: a server and a proxy of its own, and traps on its requests. */
import assert from 'node:assert/strict';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { FaultSelector, S3Operation, S3Server } from '../../../src/testing/s3-server/index.ts';
import { BUCKET, QUICK, settingsFor } from '../../connectors/s3/support.ts';
import { LIMITS, PART } from '../../connectors/s3/writing.ts';
import { eventually } from '../../support/leaks.ts';
import { SECRET_KEY, SESSION_TOKEN } from '../canary/canaries.ts';
import type { Arrangement } from './points.ts';
import type { Strike } from './strike.ts';

export interface S3Servers {
  readonly s3: S3Server;
  readonly proxy: ChaosProxy;
  /** What every stream of the case is made with. */
  readonly options: { readonly config: S3Settings; readonly retry: object; readonly partSize: number };
  assertGivenBack(): Promise<void>;
  close(): Promise<void>;
}

/** So many scenes have been set: each has a client of its own, whichever port it got, so that no store's pause is another's. */
let scenes = 0;

export async function s3Servers(): Promise<S3Servers> {
  const secrets = { secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN };
  const s3 = await startS3Server({ buckets: [BUCKET], limits: LIMITS, ...secrets });
  const proxy = await startChaosProxy({ host: '127.0.0.1', port: s3.port });
  const config = { ...settingsFor(s3, proxy.port), timeouts: { total: 120_000 + (scenes += 1) } };
  return {
    s3,
    proxy,
    options: { config, retry: QUICK, partSize: PART },
    async assertGivenBack() {
      assert.deepEqual(s3.uploads(), []);
      await eventually(() => {
        const open = s3.operations.filter(({ endedAt }) => endedAt === undefined);
        assert.deepEqual(
          open.map(({ operation }) => operation),
          [],
          'requests are still under way',
        );
      });
    },
    async close() {
      await proxy.close();
      await s3.close();
    },
  };
}

/** Holds requests until the blow has been dealt, which is as soon as one has arrived and `stage` been entered. */
export function hold(
  { s3 }: S3Servers,
  strike: Strike,
  request: { readonly operation: S3Operation; readonly nth?: FaultSelector; readonly stage?: 'open' | 'transfer' },
): Arrangement {
  const { operation, nth = 1, stage = 'transfer' } = request;
  const fault = s3.on(operation, nth, { hold: strike.over });
  void Promise.all([fault.firstFired, strike.stages.entered(stage)]).then(() => strike.here());
  return { fired: () => fault.fired > 0 };
}

/** Lets the first connection be made only after the blow. */
export function stallConnect({ proxy }: S3Servers, strike: Strike): Arrangement {
  proxy.plan(() => ({ stallConnect: true }));
  void proxy.waitFor('stalled').then(() => strike.here());
  void strike.over.then(() => proxy.heal());
  return { fired: () => proxy.connections > 0 };
}

/** Refuses every request of an operation, and strikes in the pause that follows. */
export function throttle({ s3 }: S3Servers, strike: Strike, operation: S3Operation): Arrangement {
  const fault = s3.on(operation, 'always', { status: 503, code: 'SlowDown' });
  strike.stages.at('backoff', () => void strike.here());
  return { options: { retry: { minDelay: '1m', maxDelay: '1m' } }, fired: () => fault.fired > 0 };
}
