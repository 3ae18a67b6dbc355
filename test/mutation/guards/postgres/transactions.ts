/** Transactions of a client: their end, their repetition, and whose turn it is on their one connection. */
import { guardsIn } from '../../guard.ts';

const TRANSACTION = ['test/connectors/postgres/transaction.test.ts'];
const CALLS = ['test/observability/calls.test.ts'];
const FAULTS = ['test/faults/postgres-transactions.test.ts'];

const opening = guardsIn('src/connectors/postgres/statements/open-transaction.ts', TRANSACTION, [
  {
    name: 'pg-transaction-repeated-when-asked',
    promise: 'a transaction is repeated only where that was asked for',
    faults: ['P12'],
    find: 'if (repeated && isSerialization(fault)) throw fault;',
    replace: 'if (isSerialization(fault)) throw fault;',
    grep: '18.*is repeated after a serialization',
  },
  {
    name: 'pg-batches-not-begun-anew',
    promise: 'sets of parameters that can be read once are not taken for all of them the second time',
    faults: ['P12'],
    find: 'const repeated = ours === undefined && ',
    replace: 'const repeated = ',
    grep: '18.*are not begun anew',
  },
  {
    name: 'pg-transaction-deadline-while-idle',
    promise: 'a transaction that nobody ends is rolled back at its deadline',
    faults: ['A2'],
    find: "    deadline.signal.addEventListener('abort', onDeadline);\n",
    replace: '',
    grep: '18.*ends at its deadline',
  },
  {
    name: 'pg-transaction-ends-its-streams',
    promise: 'no stream of a transaction outlives it on a connection that is somebody else’s by then',
    faults: ['P13'],
    find: '    await scope.quiet();\n    await scope.end();\n',
    replace: '    await scope.quiet();\n',
    grep: '18.*nor can a stream that it made',
  },
  {
    name: 'pg-transaction-refused-commit-undone',
    promise: 'a connection whose COMMIT was refused goes back to its pool',
    faults: ['P5'],
    find: '    } catch (error) {\n      await undo(lease, cleanupMs);\n      throw error;\n    }\n  };\n  return {',
    replace: '    } catch (error) {\n      throw error;\n    }\n  };\n  return {',
    grep: '18.*shows a deferred constraint',
  },
  {
    name: 'pg-transaction-parts-told',
    promise: 'what a transaction does is told as a part of it',
    faults: [],
    find: 'await one.operation.within(async () => fn(given))',
    replace: 'await fn(given)',
    tests: CALLS,
    grep: '18.*within a transaction is told',
  },
  {
    name: 'pg-transaction-parts-by-hand-told',
    promise: 'what a transaction that is begun by hand does is told as a part of it',
    faults: [],
    find: 'lease, deadline, operation: told?.operation })',
    replace: 'lease, deadline })',
    tests: CALLS,
    grep: '18.*within a transaction is told',
  },
]);

const level = guardsIn('src/connectors/postgres/transaction.ts', TRANSACTION, [
  {
    name: 'pg-transaction-over',
    promise: 'a transaction that is over sends nothing, since its connection may be somebody else’s',
    faults: ['P13'],
    find: "    if (this.isOver) throw connectorError('CLIENT_CLOSED', 'the transaction is over');\n",
    replace: '',
    grep: '18.*that is over cannot be used',
  },
  {
    name: 'pg-transaction-not-waited-for',
    promise: 'a transaction ends at its deadline although its function goes on',
    faults: ['A2'],
    find: '      { signal },\n    );\n  } catch (error) {\n    await tx.rollback();',
    replace: '      {},\n    );\n  } catch (error) {\n    await tx.rollback();',
    grep: '18.*ends at its deadline',
  },
  {
    name: 'pg-savepoint-says-where',
    promise: 'a savepoint that fails says which operation it was of',
    faults: ['P1'],
    find: '      throw withDetails(fault, { connector, operation, profile, stage: deadline.work });\n',
    replace: '      void [connector, operation, withDetails];\n      throw fault;\n',
    tests: ['test/faults/postgres-restart.test.ts'],
    grep: '18.*savepoint whose backend was ended',
  },
]);

const scope = guardsIn('src/connectors/postgres/statements/transaction-scope.ts', TRANSACTION, [
  {
    name: 'pg-transaction-no-self-wait',
    promise: 'what would wait for its own end is refused',
    faults: ['P14'],
    find: 'if (this.isCopying || isCarrying(this.spec.lease.client)) {',
    replace: 'if (this.isCopying && isCarrying(this.spec.lease.client) && false) {',
    grep: '18.*refuses what would wait',
  },
]);

const batches = guardsIn('src/connectors/postgres/statements/batches.ts', TRANSACTION, [
  {
    name: 'pg-batches-within-the-deadline',
    promise: 'sets of parameters that do not come are not waited for beyond the deadline',
    faults: ['A2'],
    find: 'await bounded(asked, { signal });',
    replace: 'await bounded(asked, {});',
    grep: '18.*a set never comes',
  },
]);

const lost = guardsIn('src/connectors/postgres/commit.ts', FAULTS, [
  {
    name: 'pg-transaction-commit-settled',
    promise: 'a transaction whose answer to COMMIT was lost is asked about',
    faults: ['P7'],
    find: "  if (status === 'committed') return;\n  if (status === 'aborted') throw fault;\n",
    replace: '',
    grep: '18.*settled by asking',
  },
]);

const reading = guardsIn(
  'src/connectors/postgres/read-driver.ts',
  ['test/faults/postgres-commit.test.ts'],
  [
    {
      name: 'pg-read-commit-settled',
      promise: 'a query of a stream that writes is asked about when the answer to its COMMIT was lost',
      faults: ['P7'],
      find: 'if (lease === undefined || !this.#spec.mayWrite) {',
      replace: 'if (lease === undefined || this.#spec.mayWrite) {',
      grep: '18 and whose answer is lost is settled',
    },
    {
      name: 'pg-read-commit-sent',
      promise: 'a stream whose query writes, and that ends while its COMMIT is on the way, is not called undone',
      faults: ['P7', 'A1'],
      find: "    this.#outcome = 'unknown';\n",
      replace: '',
      grep: '18 and that is aborted while its answer',
    },
    {
      name: 'pg-read-id-at-begin',
      promise: 'a query of a stream that writes has a transaction id to be asked about by',
      faults: ['P7'],
      find: "mayWrite ? 'maybe' : 'no'",
      replace: "mayWrite ? 'no' : 'no'",
      grep: '18 and whose answer is lost is settled',
    },
  ],
);

export const transactionGuards = [...opening, ...level, ...scope, ...batches, ...lost, ...reading];
