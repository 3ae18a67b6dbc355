/** Kysely on a profile's pool: the query builder is the user's, the connections stay ours. */
import { createRequire } from 'node:module';
import type * as KyselyPackage from 'kysely';
import type { PostgresPool } from 'kysely';
import { requirePackage } from '../../../core/optional-package.ts';
import { checkOut } from './checked-out.ts';
import type { PgPool } from '../native.ts';
import type { Owner } from './open-transaction.ts';

const require = createRequire(import.meta.url);

/* eslint-disable @typescript-eslint/ban-ts-comment, @typescript-eslint/consistent-type-imports --
   without the package these declarations compile all the same, and the type is `any` */
/** @ts-ignore */
export type KyselyOf<DB> = import('kysely').Kysely<DB>;
/* eslint-enable */

/**
 * `pool` is asked for at the first query. What is destroyed with the Kysely is its own part alone.
 *
 * @throws ConfigError `PACKAGE_MISSING`
 */
export function kyselyOn<DB>(owner: Owner, pool: () => Promise<PgPool>): KyselyOf<DB> {
  owner.profile.use();
  const { Kysely, PostgresDialect } = requirePackage(() => require('kysely') as typeof KyselyPackage, ['kysely']);
  const facade = async (): Promise<PostgresPool> => {
    // By these it makes the connections that it cancels queries over.
    const { Client, options } = await pool();
    const shown = { Client, options, connect: () => checkOut(owner, {}), end: () => Promise.resolve() };
    return shown as unknown as PostgresPool;
  };
  return new Kysely<DB>({ dialect: new PostgresDialect({ pool: facade }) });
}
