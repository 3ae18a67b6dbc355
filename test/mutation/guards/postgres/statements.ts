/** Statements of a client: one round trip, its limits, the cancel ladder and what is said of the outcome. */
import { guardsIn } from '../../guard.ts';

const QUERIES = 'test/connectors/postgres/statements/queries.test.ts';
const FAULTS = 'test/faults/postgres-statements.test.ts';
const SCANNER = 'test/connectors/postgres/statements/sql-scanner.test.ts';

const statement = guardsIn(
  'src/connectors/postgres/statements/statement.ts',
  [FAULTS],
  [
    {
      name: 'pg-statement-cancelled',
      promise: 'a statement that was stopped is cancelled on the server',
      faults: ['A1', 'A2'],
      file: 'src/connectors/postgres/cancel.ts',
      find: 'do await sendCancelRequest(lease.client, signal);',
      replace: 'do await Promise.resolve(sendCancelRequest);',
      grep: '18.*that is aborted is cancelled',
    },
    {
      name: 'pg-statement-cancelled-again',
      promise: 'a statement that its cancel request did not meet is cancelled by another one, and keeps its connection',
      faults: ['P15', 'A1', 'A2'],
      file: 'src/connectors/postgres/cancel.ts',
      find: 'while (!lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));',
      replace: 'while (lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));\n  await over;',
      grep: '18.*meets nothing',
    },
    {
      name: 'pg-statement-last-word-awaited',
      promise: 'a statement that has no last word in 1.5 s after its cancel request has its client cut off',
      faults: ['P2', 'P13'],
      file: 'src/connectors/postgres/cancel.ts',
      find: 'while (!lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));',
      replace: 'while (lease.isDestroyed && !(await isOverWithin(over, (pauseMs *= 2))));',
      grep: '18.*through a stalled network',
    },
    {
      name: 'pg-statement-backend-ended',
      promise: 'the backend of a statement out of our reach is ended by another session',
      faults: ['P2'],
      find: '    await endBackend(lease, signal);\n',
      replace: '',
      grep: '18.*through a stalled network',
    },
    {
      name: 'pg-statement-lost-is-unknown',
      promise: 'a statement whose answer was lost may have been done, and says so',
      faults: ['P7'],
      find: "return flight.isSent && autocommit ? toldAs(fault, 'unknown', idempotent && fault.retryable) : fault;",
      replace: 'return fault;',
      grep: '18.*whose answer is lost may have',
    },
    {
      name: 'pg-statement-server-limit',
      promise: "the server knows a statement's time, should we be out of its reach",
      faults: ['A2'],
      find: "    set('statement_timeout', deadline.remainingMs),\n",
      replace: '',
      grep: '18.*by the server as well',
    },
    {
      name: 'pg-statement-lock-limit',
      promise: 'a statement waits no longer for a lock than it may',
      faults: ['P10'],
      find: "...(lockMs === undefined ? [] : [set('lock_timeout', lockMs)]),",
      replace: '...(lockMs === undefined ? [] : []),',
      grep: '18.*waits for a lock',
    },
    {
      name: 'pg-statement-no-open-transaction',
      promise: 'a transaction that a statement left open is not the next one’s',
      faults: ['P13'],
      find: "  if (status !== 'I' && spec.autocommit) {",
      replace: "  if (status === 'X' && spec.autocommit) {",
      tests: [QUERIES],
      grep: '18.*that begins a transaction',
    },
    {
      name: 'pg-statement-done-is-told',
      promise: 'a statement that was done although its call failed says so',
      faults: ['A1'],
      find: "throw flight.isDone && spec.autocommit ? toldAs(fault, 'done', false) : fault;",
      replace: 'throw fault;',
      tests: [QUERIES],
      grep: '18.*whose value a parser refuses',
    },
  ],
);

const alone = guardsIn(
  'src/connectors/postgres/statements/client-statement.ts',
  [FAULTS],
  [
    {
      name: 'pg-statement-not-sent-twice',
      promise: 'a statement that was sent is not sent again, unless that was said to do no harm',
      faults: ['P7', 'P12'],
      find: 'isUnderWay ? idempotent && error.retryable',
      replace: 'isUnderWay ? error.retryable',
      grep: '18.*is not sent again',
    },
    {
      name: 'pg-statement-outcome-kept',
      promise: 'what stopped a statement does not hide what became of it',
      faults: ['A1'],
      find: 'throw isUnderWay && failure !== undefined',
      replace: 'throw false && failure !== undefined',
      grep: '18.*by the server as well',
    },
    {
      name: 'pg-statement-late-connection-given-back',
      promise: 'the connection of a statement that is stopped as it gets it goes back',
      faults: ['P9', 'A1'],
      find: '          lease?.release();\n',
      replace: '          if (isUnderWay) lease?.release();\n',
      grep: '18.*as it gets its connection',
    },
  ],
);

const flight = guardsIn(
  'src/connectors/postgres/statements/flight.ts',
  [QUERIES],
  [
    {
      name: 'pg-flight-copy-ended',
      promise: 'a COPY that was asked for as a query leaves its connection good',
      faults: [],
      find: 'if (this.#spec.isScript !== true) connection.sync();',
      replace: '',
      grep: '18.*that is a COPY',
    },
    {
      name: 'pg-flight-parser-not-quoted',
      promise: 'what a parser says of the value that it refuses is told nowhere',
      faults: ['D7'],
      find: "const cause = safeCause(error, { message: 'a value was refused' });",
      replace: 'const cause = error;',
      grep: '18.*whose value a parser refuses',
    },
    {
      name: 'pg-flight-limits-in-one-transaction',
      promise: 'the limits of a statement are those of its transaction alone',
      faults: [],
      file: 'src/connectors/postgres/statements/statement.ts',
      find: "${limitMs(ms)}', true)`",
      replace: "${limitMs(ms)}', false)`",
      grep: '18.*tells the server its limits',
    },
  ],
);

const scanner = guardsIn(
  'src/connectors/postgres/statements/sql-scanner.ts',
  [SCANNER],
  [
    {
      name: 'pg-names-nested-comments',
      promise: 'no parameter is looked for in a comment, nor in one within it',
      faults: [],
      find: "depth += edge[0] === '/*' ? 1 : -1;",
      replace: "depth = edge[0] === '/*' ? 1 : 0;",
      grep: 'names of parameters',
    },
    {
      name: 'pg-names-slices',
      promise: 'the colon of a slice begins no parameter',
      faults: [],
      find: '    if (brackets.at(-1) === true && wasValue) continue;\n',
      replace: '',
      grep: 'names of parameters',
    },
  ],
);

const names = guardsIn(
  'src/connectors/postgres/statements/parameters.ts',
  [SCANNER],
  [
    {
      name: 'pg-names-own',
      promise: 'a parameter is not taken from what every object inherits',
      faults: [],
      find: '!Object.hasOwn(params, name)',
      replace: '!(name in params)',
      grep: 'missing or too much',
    },
  ],
);

export const statementGuards = [...statement, ...alone, ...flight, ...scanner, ...names];
