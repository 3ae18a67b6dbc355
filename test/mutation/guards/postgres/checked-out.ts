/** A connection in its user's hands: how it is got, and in what state it goes back. */
import { guardsIn } from '../../guard.ts';

const CONNECTION = ['test/connectors/postgres/connection.test.ts'];
const FAULTS = ['test/faults/postgres-checked-out.test.ts'];

export const checkedOutGuards = guardsIn('src/connectors/postgres/statements/checked-out.ts', CONNECTION, [
  {
    name: 'pg-checked-out-in-no-transaction',
    promise: 'a connection that is let go inside a transaction is cut off, and the pool never gets it back',
    faults: ['P13'],
    find: "(await attempt(asked, { timeout }).catch(() => undefined)) === 'I'",
    replace: "(await attempt(asked, { timeout }).catch(() => undefined)) !== ''",
    grep: '18.*inside a transaction',
  },
  {
    name: 'pg-checked-out-ready',
    promise: 'a connection that is let go while it runs a query is cut off, and the pool never gets it back',
    faults: ['P13'],
    find: ' || !(await isReady(client))',
    replace: '',
    tests: FAULTS,
    grep: '18.*while it runs a query',
  },
  {
    name: 'pg-checked-out-query-cancelled',
    promise: 'what a connection runs when it is let go is cancelled on the server',
    faults: ['A1'],
    find: '    if (!isGood && client.readyForQuery !== true) await cancel(client);\n',
    replace: '',
    tests: FAULTS,
    grep: '18.*while it runs a query',
  },
  {
    name: 'pg-checked-out-carries-no-stream',
    promise: 'a connection that is let go while a stream has it is not given to somebody else',
    faults: ['P14'],
    find: 'isCarrying(client) || ',
    replace: '',
    grep: '18.*is the client of a stream',
  },
  {
    name: 'pg-checked-out-once',
    promise: 'who has let a connection go cannot take it away from its next user',
    faults: ['A5'],
    find: '(over ??= end(false)),',
    replace: 'end(false),',
    grep: '18.*from its next user',
  },
  {
    name: 'pg-checked-out-late-given-back',
    promise: 'a connection whose waiter is stopped as it arrives goes back',
    faults: ['P9', 'A1'],
    find: '      lease?.release();\n',
    replace: '',
    tests: FAULTS,
    grep: '18.*at the stage open',
  },
]);
