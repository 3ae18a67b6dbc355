/** What is made of an error that somebody caught: aborts first, ours as they are, nothing claimed that cannot be known. */
import { guardsIn } from '../guard.ts';

const caught = guardsIn(
  'src/classify/classify-error.ts',
  ['test/classify/classify-error.test.ts'],
  [
    {
      name: 'classify-signal-first',
      promise: 'once the signal has fired, an error is an abort, whatever it says',
      faults: ['A1'],
      find: 'signal?.aborted === true ? { reason: signal.reason as unknown } : isUnasked',
      replace: 'isUnasked',
      tests: ['test/classify/classify-error.test.ts', 'test/classify/s3-errors.test.ts'],
      grep: 'whatever the vendor calls it|however the SDK says it',
    },
    {
      name: 'classify-abort-first',
      promise: 'an AbortError is an abort before it is anything that its vendor or its cause tell',
      faults: ['A1'],
      find: "if (textOf(link, 'name') === 'AbortError') return",
      replace: "if (textOf(link, 'code') === 'ABORT_ERR') return",
      grep: 'before anything else',
    },
    {
      name: 'classify-reason-untouched',
      promise: "an abort has the signal's own reason as its cause",
      faults: ['A1'],
      find: "return { reason: read(link, 'cause') ?? safeCause(link) };",
      replace: 'return { reason: safeCause(link) };',
      grep: 'from a pipeline',
    },
    {
      name: 'classify-platform-reasons',
      promise: 'the reasons that the platform gives a signal are aborts, the TimeoutError among them',
      faults: ['A2'],
      find: 'link instanceof DOMException && /^(?:Abort|Timeout)Error$/',
      replace: 'link instanceof DOMException && /^AbortError$/',
      grep: 'from fetch',
    },
    {
      name: 'classify-ours-stay',
      promise: 'one of ours is not classified anew, nor looked behind',
      faults: [],
      find: 'if (error instanceof ConnectorError) return [error];',
      replace: '',
      grep: 'leaves ours as they are',
    },
    {
      name: 'classify-nothing-claimed',
      promise: 'a connection that broke is not said to have done nothing',
      faults: ['P7', 'W4'],
      find: "outcome: isUnsaid(classified) ? 'unknown' : undefined",
      replace: 'outcome: undefined',
      grep: 'says CONNECTION_LOST',
    },
    {
      name: 'classify-failed-store',
      promise: 'a failure within Postgres is rolled back, one within a store may have kept the object',
      faults: ['W3'],
      find: "(code === 'SERVER_ERROR' && sqlState === undefined)",
      replace: "code === 'SERVER_ERROR'",
      grep: 'says SERVER_ERROR',
    },
    {
      name: 'classify-causes-bounded',
      promise: 'causes in a circle have an end',
      faults: ['D7'],
      find: ' || depth === MAX_DEPTH) return [];',
      replace: ') return [];',
      grep: 'copes with whatever',
    },
  ],
);

const hostile = guardsIn(
  'src/connectors/postgres/errors.ts',
  ['test/classify/adls-errors.test.ts'],
  [
    {
      name: 'classify-message-that-throws',
      promise: 'an error whose message throws when it is read is classified like any other',
      faults: ['D9'],
      find: "textOf(error, 'message') === 'The server does not support SSL connections'",
      replace: "error.message === 'The server does not support SSL connections'",
      grep: 'hostile',
    },
  ],
);

const network = guardsIn(
  'src/core/network-errors.ts',
  ['test/classify/classify-error.test.ts'],
  [
    {
      name: 'core-network-certificate',
      promise: 'a certificate that is not trusted is no connection to try again',
      faults: ['D9'],
      find: "if (CERTIFICATE.test(word)) return 'AUTH_FAILED';",
      replace: '',
      grep: 'untrusted certificate',
    },
    {
      name: 'core-network-damaged-record',
      promise: 'a TLS record that was damaged on its way is a connection that broke',
      faults: ['R1'],
      find: "if (isDamagedTls(word, textOf(error, 'message') ?? '')) return 'CONNECTION_LOST';",
      replace: '',
      grep: 'UNEXPECTED_MESSAGE',
    },
    {
      name: 'core-network-while-connecting',
      promise: 'a connection that the system gave up on was never made',
      faults: ['P9'],
      find: "if (word === 'ETIMEDOUT') return 'CONNECT_TIMEOUT';",
      replace: '',
      grep: 'says CONNECT_TIMEOUT',
    },
  ],
);

const files = guardsIn(
  'src/core/file-errors.ts',
  ['test/core/file-errors.test.ts'],
  [
    {
      name: 'core-file-calls',
      promise: 'a socket or a process that failed is no file',
      faults: [],
      find: 'if (!FILE_CALL.test(call) && !(SHARED_CALL.test(call) && OF_FILES_ALONE.has(word))) return undefined;',
      replace: '',
      grep: 'a socket, a name or a process',
    },
    {
      name: 'core-file-shared-calls',
      promise: 'what a socket says of a read or a write stays its word',
      faults: [],
      find: ' && OF_FILES_ALONE.has(word)',
      replace: '',
      grep: 'a socket, a name or a process',
    },
    {
      name: 'core-file-every-other',
      promise: 'every failure of a file has a code',
      faults: [],
      find: "?? 'FILE_FAILED'",
      replace: "?? 'UNKNOWN'",
      grep: 'for every errno',
    },
  ],
);

export const classifyGuards = [...caught, ...hostile, ...network, ...files];
