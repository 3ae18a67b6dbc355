/** A case of an ADLS stream: a server and a proxy of its own, and traps on its requests. */
import assert from 'node:assert/strict';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { startAdlsServer } from '../../../src/testing/adls-server/index.ts';
import type { AdlsFaultSelector, AdlsOperation, AdlsServer } from '../../../src/testing/adls-server/index.ts';
import { startChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import type { ChaosProxy } from '../../../src/testing/chaos-proxy/index.ts';
import { CONTAINER, PART, settingsFor } from '../../connectors/adls2/writing.ts';
import { QUICK } from '../../connectors/s3/support.ts';
import { eventually } from '../../support/leaks.ts';
import { temporaryPaths } from '../../support/watches/temporary-paths.ts';
import { SIGNING_KEY } from '../canary/canaries.ts';
import type { Arrangement } from './points.ts';
import type { Strike } from './strike.ts';

export interface AdlsServers {
  readonly adls: AdlsServer;
  readonly proxy: ChaosProxy;
  /** What every stream of the case is made with. */
  readonly options: { readonly config: Adls2Settings; readonly retry: object; readonly partSize: number };
  assertGivenBack(): Promise<void>;
  close(): Promise<void>;
}

/** So many scenes have been set: each has a client of its own, whichever port it got. */
let scenes = 0;

export async function adlsServers(): Promise<AdlsServers> {
  const adls = await startAdlsServer({ containers: [CONTAINER], accountKey: SIGNING_KEY });
  const proxy = await startChaosProxy({ host: '127.0.0.1', port: adls.port });
  const config = { ...settingsFor(adls, proxy.port), timeouts: { operation: 120_000 + (scenes += 1) } };
  return {
    adls,
    proxy,
    options: { config, retry: QUICK, partSize: PART },
    async assertGivenBack() {
      assert.deepEqual(temporaryPaths(adls), []);
      await eventually(() => {
        const open = adls.operations.filter(({ endedAt }) => endedAt === undefined);
        assert.deepEqual(
          open.map(({ operation }) => operation),
          [],
          'requests are still under way',
        );
      });
    },
    async close() {
      await proxy.close();
      await adls.close();
    },
  };
}

/** Holds requests until the blow has been dealt, which is as soon as one has arrived and `stage` been entered. */
export function holdAdls(
  { adls }: AdlsServers,
  strike: Strike,
  request: {
    readonly operation: AdlsOperation;
    readonly nth?: AdlsFaultSelector;
    readonly stage?: 'open' | 'transfer';
  },
): Arrangement {
  const { operation, nth = 1, stage = 'transfer' } = request;
  const fault = adls.on(operation, nth, { hold: strike.over });
  void Promise.all([fault.firstFired, strike.stages.entered(stage)]).then(() => strike.here());
  return { fired: () => fault.fired > 0 };
}

/** Lets the first connection be made only after the blow. */
export function stallAdlsConnect({ proxy }: AdlsServers, strike: Strike): Arrangement {
  proxy.plan(() => ({ stallConnect: true }));
  void proxy.waitFor('stalled').then(() => strike.here());
  void strike.over.then(() => proxy.heal());
  return { fired: () => proxy.connections > 0 };
}

/** Refuses every request of an operation, and strikes in the pause that follows. */
export function throttleAdls({ adls }: AdlsServers, strike: Strike, operation: AdlsOperation): Arrangement {
  const fault = adls.on(operation, 'always', { status: 503, code: 'ServerBusy' });
  strike.stages.at('backoff', () => void strike.here());
  return { options: { retry: { minDelay: '1m', maxDelay: '1m' } }, fired: () => fault.fired > 0 };
}
