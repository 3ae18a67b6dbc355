/** Pings the account of the settings that it is given, and tells how that ended: where identities come from is kept per process. */
import { inspect } from 'node:util';
import { adls2 } from '../../../../src/connectors/registry.ts';
import { ConnectorError } from '../../../../src/errors.ts';

const settings = JSON.parse(process.argv[2] ?? '{}') as object;
await using client = adls2.client('default', settings);
try {
  await client.ping();
  process.stdout.write(JSON.stringify({ code: 'ok' }));
} catch (error) {
  if (!(error instanceof ConnectorError)) throw error;
  const { name, code, message, retryable } = error;
  const shown = inspect(error, { showHidden: true, depth: 12 }) + JSON.stringify(error);
  process.stdout.write(JSON.stringify({ name, code, message, retryable, shown }));
}
