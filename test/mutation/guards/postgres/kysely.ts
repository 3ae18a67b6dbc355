/** Kysely on the connections of a client. */
import { guardsIn } from '../../guard.ts';

export const kyselyGuards = guardsIn(
  'src/connectors/postgres/statements/kysely.ts',
  ['test/connectors/postgres/statements/kysely.test.ts'],
  [
    {
      name: 'pg-kysely-ends-no-pool',
      promise: 'a Kysely that is destroyed leaves the client its pool',
      faults: [],
      find: 'end: () => Promise.resolve()',
      replace: 'end: async () => (await pool()).end()',
      grep: '18.*does not close the client',
    },
    {
      name: 'pg-kysely-lets-go',
      promise: 'a connection that a Kysely leaves in a transaction is nobody else’s',
      faults: ['P13'],
      find: 'connect: () => checkOut(owner, {})',
      replace: 'connect: async () => (await pool()).connect()',
      grep: '18.*leaves no transaction',
    },
  ],
);
