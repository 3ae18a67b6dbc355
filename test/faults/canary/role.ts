/** Postgres by a role whose password is a canary. */
import type { PostgresContext } from '../../support/postgres.ts';
import { PASSWORD } from './canaries.ts';

/** For a suite: the same database, by that role. It is there while the tests of the suite run. */
export function useKeeper(context: () => PostgresContext): () => PostgresContext {
  before(() => context().sql(`CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '${PASSWORD}'`));
  after(() => context().sql('DROP ROLE keeper'));
  return () => {
    const url = new URL(context().dsn);
    [url.username, url.password] = ['keeper', PASSWORD];
    return { ...context(), dsn: url.href };
  };
}
