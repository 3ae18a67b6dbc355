/** What spans tell of Postgres (OpenTelemetry semantic conventions, "PostgreSQL client operations"). */
import { known } from '../../core/operation.ts';
import type { Attributes, OperationInfo } from '../../core/operation.ts';
import type { ConnectorError } from '../../errors.ts';

/** Of a COPY. Never its text: a query of the user's may hold literals. */
export function copyAttributes({
  table,
  schema,
}: {
  readonly table?: string;
  readonly schema?: string | undefined;
}): Attributes {
  return known({
    'db.system.name': 'postgresql',
    'db.operation.name': 'COPY',
    'db.collection.name': table === undefined || schema === undefined ? table : `${schema}.${table}`,
  });
}

/** Of a query: never its text, nor a summary of it, which may hold literals. */
export function queryAttributes(): Attributes {
  return { 'db.system.name': 'postgresql' };
}

/** A call of a client, as it is reported. */
export function callInfo(operation: string, profile: string): OperationInfo {
  return {
    connector: 'postgres',
    operation,
    profile,
    attributes: queryAttributes(),
    describe: describePostgresError,
  };
}

/** As settings, pools and clients all tell it. */
interface Server {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly database?: string | undefined;
}

/** The namespace is the database: what the server searches its schemas by is not asked for. */
export function serverAttributes({ host, port, database }: Server): Attributes {
  return known({ 'server.address': host, 'server.port': port, 'db.namespace': database });
}

/** What the server itself called the error. */
export function describePostgresError({ sqlState }: ConnectorError): Attributes {
  return known({ 'db.response.status_code': sqlState });
}
