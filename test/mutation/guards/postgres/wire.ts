/** COPY's messages on the wire: how rows are framed, what ends each side, and who is told. */
import { guardsIn } from '../../guard.ts';

const frames = guardsIn(
  'src/connectors/postgres/copy/copy-data.ts',
  ['test/connectors/postgres/copy/copy-data.test.ts'],
  [
    {
      name: 'pg-copy-message-bounded',
      promise: 'no message is larger than a server should have to take in whole',
      faults: [],
      find: 'const MESSAGE_BYTES = 256 * 1024;',
      replace: 'const MESSAGE_BYTES = 2 ** 30;',
      grep: 'carry exactly the bytes given',
    },
    {
      name: 'pg-copy-large-not-copied',
      promise: 'large chunks go to the kernel as they are',
      faults: [],
      find: 'bytes / chunks.length < SMALL_BYTES',
      replace: 'bytes / chunks.length < Infinity',
      grep: 'hold large chunks themselves',
    },
  ],
);

const sending = guardsIn(
  'src/connectors/postgres/copy/copy-in.ts',
  ['test/connectors/postgres/copy/copy-in.test.ts'],
  [
    {
      name: 'pg-copy-in-waits-for-the-check',
      promise: 'a load is not ready for its commit before the server has checked every row',
      faults: ['P4', 'P5'],
      find: '    await this.#ended.promise;\n',
      replace: '',
      grep: 'when the server has checked them',
    },
    {
      name: 'pg-copy-in-stopped-as-it-begins',
      promise: 'a COPY that was stopped before it began is ended as soon as it begins',
      faults: ['A1'],
      find: '    if (this.#stopWords !== undefined) connection.sendCopyFail(this.#stopWords);\n',
      replace: '',
      grep: 'ended as soon as it asks',
    },
    {
      name: 'pg-copy-in-nothing-after-the-stop',
      promise: 'no row is sent behind the word that stops a COPY',
      faults: ['A1'],
      find: "    if (this.#stopWords !== undefined) throw connectorError('ABORTED', 'the COPY was stopped');\n",
      replace: '',
      grep: 'ended as soon as it asks',
    },
    {
      name: 'pg-copy-in-never-begun',
      promise: 'a COPY that the server ends before it begins is waited for no longer',
      faults: ['P1'],
      find: "    this.#begun.reject(connectorError('SERVER_ERROR', 'the server ended the COPY before it began'));\n",
      replace: '',
      grep: 'without having asked for rows',
    },
    {
      name: 'pg-copy-in-wire-broken',
      promise: 'rows that the wire did not take are not taken for sent',
      faults: ['P1'],
      find: '(error === undefined || error === null ? resolve() : reject(error))',
      replace: '(error === null ? reject(error) : resolve())',
      grep: 'that the wire did not take',
    },
    {
      name: 'pg-copy-in-first-failure',
      promise: "the server's own error is told, and not that the connection closed after it",
      faults: ['P1', 'P4'],
      find: '    if (this.#failure !== undefined) return;\n',
      replace: '',
      grep: 'tells of a failure once',
    },
    {
      name: 'pg-copy-in-fails-at-once',
      promise: 'nothing is sent to a server that has refused the load',
      faults: ['P4'],
      find: '    if (this.#failure !== undefined) throw this.#failure.error;\n',
      replace: '',
      grep: 'fails what is sent after it',
    },
  ],
);

const receiving = guardsIn(
  'src/connectors/postgres/copy/copy-data-reader.ts',
  ['test/connectors/postgres/copy/copy-data-reader.test.ts'],
  [
    {
      name: 'pg-copy-out-rows-in-pieces',
      promise: 'a row is whole, however the wire cuts it',
      faults: ['D3'],
      find: 'this.#missing = end - at;',
      replace: 'this.#missing = 0;',
      grep: 'gives every row in order',
    },
    {
      name: 'pg-copy-out-heads-in-pieces',
      promise: 'the head of a message is read as one, however the wire cuts it',
      faults: ['D3'],
      find: 'if (at < wire.length) this.#held = ',
      replace: 'if (at + HEADER_BYTES < wire.length) this.#held = ',
      grep: 'gives every row in order',
    },
    {
      name: 'pg-copy-out-said-is-kept',
      promise: 'what the server says between rows is not overwritten by them',
      faults: [],
      find: 'others.push(Buffer.from(wire.subarray(at, end)));',
      replace: 'others.push(wire.subarray(at, end));',
      grep: 'gives every row in order',
    },
  ],
);

const reading = guardsIn(
  'src/connectors/postgres/copy/copy-out.ts',
  ['test/connectors/postgres/copy/copy-out.test.ts'],
  [
    {
      name: 'pg-copy-out-held-back',
      promise: 'the server is held back while nobody reads',
      faults: ['R4'],
      find: 'if (this.#waitingBytes >= READ_AHEAD_BYTES) this.tap?.pause();',
      replace: '',
      grep: 'holds the server back',
    },
    {
      name: 'pg-copy-out-goes-on',
      promise: 'a server that was held back goes on as soon as there is room',
      faults: ['R4'],
      find: 'if (isPaused && this.#waitingBytes < READ_AHEAD_BYTES) this.tap?.resume();',
      replace: 'void isPaused;',
      grep: 'lets it go on',
    },
    {
      name: 'pg-copy-out-end-bounded',
      promise: 'a server that has sent all rows and says nothing more is given up in time',
      faults: ['P2', 'R3'],
      find: 'this.isComplete = rest[0] === COPY_DONE;',
      replace: 'this.isComplete = rest[0] === undefined;',
      tests: ['test/faults/postgres-reading.test.ts'],
      grep: '18.*given up after commitTimeout',
    },
  ],
);

const tapping = guardsIn(
  'src/connectors/postgres/connection/wire-tap.ts',
  ['test/connectors/postgres/copy/copy-out.test.ts'],
  [
    {
      name: 'pg-wire-given-back-flowing',
      promise: 'the wire goes back to its client as it came: flowing',
      faults: ['R4'],
      find: '    this.#wire.resume();\n    this.pass(rest);',
      replace: '    this.pass(rest);',
      grep: 'gives the wire back flowing',
    },
    {
      name: 'pg-wire-is-read',
      promise: 'a client whose connection nobody reads is refused, and not waited for',
      faults: ['P14'],
      find: 'return parsers.length === 0 ? undefined :',
      replace: 'return parsers.length < 0 ? undefined :',
      grep: 'nobody reads',
    },
  ],
);

export const wireGuards = [...frames, ...sending, ...receiving, ...reading, ...tapping];
