/** Plays a case on servers of its own. */
import assert from 'node:assert/strict';
import { trace } from '@opentelemetry/api';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import type { ConnectorError } from '../../src/errors.ts';
import { startAdlsServer } from '../../src/testing/adls-server/index.ts';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import type { S3ServerOptions } from '../../src/testing/s3-server/index.ts';
import { settingsFor } from '../connectors/s3/support.ts';
import { throughProxy } from '../support/faults.ts';
import type { PostgresContext } from '../support/postgres.ts';
import { watchStages } from '../support/stage-events.ts';
import { watchUploads } from '../support/watches/uploads.ts';
import { BUCKET, DATA, LIMITS, ROWS, TABLE } from './factories.ts';
import type { Case, Ending, Factory, Servers } from './factories.ts';

/** For a suite: runs `work` with a table, two objects and a proxy that are there for it alone. */
export function useServers(
  context: () => PostgresContext,
  options: S3ServerOptions = {},
): (work: (servers: Servers) => Promise<void>) => Promise<void> {
  return async (work) => {
    const rows = `SELECT n AS a, 'row ' || n AS b FROM generate_series(0, ${ROWS - 1}) AS n`;
    await context().sql(`CREATE TABLE ${TABLE} AS ${rows}`);
    await using s3 = await startS3Server({ buckets: [BUCKET], limits: LIMITS, ...options });
    watchUploads(s3);
    await using adls = await startAdlsServer({ containers: [BUCKET] });
    for (const key of ['in/1', 'in/2']) {
      s3.putObject(BUCKET, key, DATA);
      adls.putFile(BUCKET, key, DATA);
    }
    const adlsConfig = { accountUrl: adls.endpoint, accountKey: adls.accountKey };
    try {
      await throughProxy(context().dsn, ({ proxy, dsn }) =>
        work({ proxy, dsn, s3, config: settingsFor(s3), adls, adlsConfig }),
      );
    } finally {
      await closePools();
      closeS3Clients();
      closeAdlsClients();
      await context().sql(`DROP TABLE ${TABLE}`);
    }
  };
}

/** No two cases have the same one. */
export const profileOf = ({ operation }: Factory, ending: Ending): string => `${operation.replace('_', '-')}-${ending}`;

/** Makes the stream where a span is active, and uses it where none is. */
export async function play(factory: Factory, ending: Ending, played: Case): Promise<ConnectorError | undefined> {
  const profile = profileOf(factory, ending);
  const controller = new AbortController();
  using stages = watchStages(profile);
  if (ending === 'abort') stages.at('transfer', () => controller.abort(new Error('enough')));
  const stream = trace.getTracer('caller').startActiveSpan('caller', (caller) => {
    const made = played.make({ profile, signal: controller.signal });
    caller.end();
    return made;
  });
  const failure = await played.use(stream).then(
    () => undefined,
    (error: unknown) => error,
  );
  const { outcome, error } = await stream.settled;
  const succeeds = ending === 'success' || ending === 'retry';
  assert.equal(failure === undefined, succeeds, String(failure));
  assert.equal(outcome, succeeds ? 'done' : 'not-done');
  return error;
}
