/** Reads a row over a foreign wire where pg-query-stream is not installed; prints what became of it. */
import { registerHooks } from 'node:module';
import type { Duplex } from 'node:stream';
import pg from 'pg';
import { pgQueryRows } from '../../../../src/connectors/postgres/index.ts';
import { ConnectorError } from '../../../../src/errors.ts';
import { ForeignWire } from './foreign-wire.ts';

registerHooks({
  resolve: (specifier, context, next) =>
    // Asked for from where nothing is installed.
    next(specifier, specifier === 'pg-query-stream' ? { ...context, parentURL: 'file:///nowhere/index.js' } : context),
});

const wire = { stream: () => new ForeignWire() as unknown as Duplex };
const pool = new pg.Pool({ connectionString: process.argv[2], max: 1, ...wire });
const rows = pgQueryRows('SELECT 1', [], { client: pool });
try {
  await rows.toArray();
} catch (error) {
  if (!(error instanceof ConnectorError)) throw error;
  const { name, code, message, stage } = error;
  const { cleanup } = await rows.settled;
  const { rowCount } = await pool.query('SELECT 1');
  process.stdout.write(JSON.stringify({ name, code, message, stage, cleanup, rowCount }));
}
await pool.end();
