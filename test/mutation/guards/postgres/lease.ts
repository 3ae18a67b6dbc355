/** One connection for one stream: whose it is, what its transaction is, and in what state it goes back. */
import { guardsIn } from '../../guard.ts';

const CLIENT = ['test/faults/postgres-client.test.ts'];
const LEASE = ['test/faults/postgres-lease.test.ts'];
const SHARED = ['test/faults/postgres-shared-client.test.ts'];
const WAITING = ['test/faults/postgres-waiting.test.ts'];
const COPY_FROM = ['test/connectors/postgres/copy-from.test.ts'];

const lease = guardsIn('src/connectors/postgres/lease.ts', CLIENT, [
  {
    name: 'pg-lease-error-heard',
    promise: 'a leased client that breaks never ends the process, though its owner does not listen',
    faults: ['P1'],
    find: "    client.on('error', ignore);\n",
    replace: '',
    grep: 'does not listen',
  },
  {
    name: 'pg-lease-listener-removed',
    promise: 'a client that was handed in keeps no listener of ours',
    faults: ['A8'],
    find: "    this.client.removeListener('error', ignore);\n",
    replace: '',
    grep: 'neither a listener nor a setting',
  },
  {
    name: 'pg-lease-failed-transaction-refused',
    promise: "a client in a failed transaction is refused, and the transaction stays its owner's",
    faults: [],
    find: "if (status === 'E') {",
    replace: "if (status === '') {",
    grep: 'in a failed transaction is refused',
  },
  {
    name: 'pg-lease-savepoint',
    promise: "inside a caller's transaction the work runs under a savepoint, and the end is the caller's",
    faults: ['P12'],
    find: "if (status === 'T') this.savepoint",
    replace: "if (status === '') this.savepoint",
    tests: COPY_FROM,
    grep: 'under a savepoint',
  },
  {
    name: 'pg-lease-commit-savepoint-alone',
    promise: "a sink inside a caller's transaction never commits it",
    faults: [],
    find: "this.query(this.savepoint === undefined ? 'COMMIT' : `RELEASE SAVEPOINT ${this.savepoint}`)",
    replace: "this.query('COMMIT')",
    tests: COPY_FROM,
    grep: 'under a savepoint',
  },
  {
    name: 'pg-lease-rollback-savepoint-alone',
    promise: "a sink that fails inside a caller's transaction undoes its own work alone",
    faults: ['P12'],
    find: "      savepoint === undefined ? 'ROLLBACK' : ",
    replace: "      savepoint !== '' ? 'ROLLBACK' : ",
    tests: COPY_FROM,
    grep: 'under a savepoint',
  },
  {
    name: 'pg-lease-ready-at-commit',
    promise: 'a commit of a client that somebody else used claims nothing',
    faults: ['P14'],
    find: "if (savepoint === undefined && (!ready || (client.getTransactionStatus?.() ?? 'T') === 'I')) {",
    replace: 'if (ready === undefined) {',
    grep: 'uses to end the transaction',
  },
  {
    name: 'pg-lease-commit-tag',
    promise: 'a COMMIT that the server answers with ROLLBACK is a failure',
    faults: ['P5', 'P7'],
    find: "if (result?.command === 'ROLLBACK') {",
    replace: "if (result?.command === '') {",
    grep: 'the server rolls back, and that is no success',
  },
  {
    name: 'pg-lease-released-once',
    promise: 'a client is given back once, or it would be taken from its next user',
    faults: ['P13'],
    find: "    if (!this.#end('released')) return;\n",
    replace: "    this.#end('released');\n",
    tests: LEASE,
    grep: 'never touched again',
  },
  {
    name: 'pg-lease-untouched',
    promise: 'a client that was given back is neither cancelled nor rolled back',
    faults: ['P13'],
    find: "return this.#over === 'released' || (",
    replace: 'return (',
    tests: LEASE,
    grep: 'never touched again',
  },
  {
    name: 'pg-lease-not-begun-untouched',
    promise: 'a client on which nothing was begun is left as it is',
    faults: ['P14'],
    find: ' || (this.#over === undefined && !this.#begun)',
    replace: '',
    grep: 'that query is not cancelled|in a failed transaction',
  },
  {
    name: 'pg-lease-destroyed-not-returned',
    promise: 'a client that was cut off never goes back into its pool',
    faults: ['P2', 'P3'],
    find: '    this.#giveBack(true);',
    replace: '    this.#giveBack(false);',
    tests: ['test/faults/postgres-early-end.test.ts'],
    grep: 'the pool makes another connection',
  },
]);

const acquire = guardsIn('src/connectors/postgres/connection/acquire.ts', CLIENT, [
  {
    name: 'pg-lease-carries-one-stream',
    promise: 'a client that carries a stream is refused to another one, in words that say what to do',
    faults: ['P14'],
    find: 'if (busy.has(source.client)) {',
    replace: 'if (busy.has(source)) {',
    tests: SHARED,
    grep: 'on one pg.Client',
  },
  {
    name: 'pg-lease-ready-for-query',
    promise: 'a client that runs a query of its owner is refused',
    faults: ['P14'],
    find: 'if (!(await isReady(source.client))) {',
    replace: 'if (!(await isReady(source.client)) && source.client.processID === null) {',
    grep: 'whose own query is running',
  },
  {
    name: 'pg-lease-foreign-client-refused',
    promise: 'a client without a wire of node-postgres is refused, and its pool gets it back',
    faults: [],
    find: '    (client as PgClient).release?.();\n',
    replace: '',
    grep: 'speaks no wire of ours',
  },
  {
    name: 'pg-pool-late-client-released',
    promise: 'a client that arrives after its waiter has left goes back at once',
    faults: ['P9'],
    find: 'late: (arrived) => arrived.release?.(),',
    replace: 'late: () => undefined,',
    tests: WAITING,
    grep: 'the late client goes back',
  },
  {
    name: 'pg-pool-wait-bounded',
    promise: 'the wait for a pool ends after poolTimeout',
    faults: ['P9', 'P14'],
    find: "timeout: { ms: poolMs, code: 'POOL_TIMEOUT'",
    replace: "timeout: { ms: poolMs + 4_000, code: 'POOL_TIMEOUT'",
    tests: WAITING,
    grep: 'ends with POOL_TIMEOUT',
  },
  {
    name: 'pg-pool-streams-told',
    promise: 'a source and a sink that wait for each other on one pool are told so',
    faults: ['P14'],
    find: 'if (streams < max) return',
    replace: 'if (streams <= max) return',
    tests: SHARED,
    grep: 'on a pool of one',
  },
  {
    name: 'pg-pool-streams-counted',
    promise: 'streams that are over are not counted among those that hold a pool',
    faults: ['P14'],
    find: '    carrying.set(pool, carried(pool) - 1);\n',
    replace: '',
    tests: SHARED,
    grep: 'are not told that they wait',
  },
]);

const ending = guardsIn(
  'src/connectors/postgres/connection/ending.ts',
  ['test/faults/postgres-calls.test.ts'],
  [
    {
      name: 'pg-pool-end-told',
      promise: 'whoever waits for a connection of a client that is closed hears of it at once',
      faults: ['P9'],
      find: "  closing.abort(connectorError('CLIENT_CLOSED', 'the client was closed'));\n",
      replace: '  void connectorError;\n',
      grep: '18.*at the stage pool ends with the end of its client.*: query$',
    },
    {
      name: 'pg-pool-end-leaves-no-waiter',
      promise: 'a pool that has ended has nobody in its queue',
      faults: ['P9'],
      find: '  await Promise.allSettled(connecting);\n',
      replace: '',
      grep: '18.*at the stage pool ends with the end of its client.*: query$',
    },
    {
      name: 'pg-pool-end-takes-back',
      promise: 'a connection that arrives when its client has been closed is closed as well',
      faults: ['P9'],
      find: 'late: (arrived) => arrived.release?.()',
      replace: 'late: () => undefined',
      grep: '18.*at the stage connect ends with the end of its client.*: query$',
    },
  ],
);

const readiness = guardsIn('src/connectors/postgres/connection/readiness.ts', CLIENT, [
  {
    name: 'pg-lease-status-asked',
    promise: 'the transaction status is asked for where node-postgres does not keep it',
    faults: [],
    find: "  client.connection.once('readyForQuery', (message) => (status = message.status));\n",
    replace: '',
    grep: 'does not keep the transaction status',
  },
  {
    name: 'pg-lease-ready-waited-for',
    promise: 'a client whose last query is being answered is waited for',
    faults: [],
    find: 'if (client.readyForQuery) return true;',
    replace: 'if (client.readyForQuery || client.processID !== null) return client.readyForQuery;',
    grep: 'is still on its way is waited for',
  },
]);

export const leaseGuards = [...lease, ...acquire, ...ending, ...readiness];
