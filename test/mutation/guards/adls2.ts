/** ADLS Gen2: who asks, what is sent where, what an account and an identity answer, and what of it is passed on. */
import { guardsIn } from '../guard.ts';
import type { Guard } from '../guard.ts';
import { callGuards } from './adls2/calls.ts';
import { readingGuards } from './adls2/reading.ts';
import { renewalGuards } from './adls2/renewal.ts';
import { throttlingGuards } from './adls2/throttling.ts';
import { writingGuards } from './adls2/writing.ts';

const CONFIG = 'test/connectors/adls2/config.test.ts';
const CLIENT = 'test/connectors/adls2/client.test.ts';
const TOKENS = 'test/connectors/adls2/tokens.test.ts';
const HOSTILE = 'test/faults/adls-hostile.test.ts';
const MANAGED = 'test/connectors/adls2/managed-identity.test.ts';
const CAUGHT = 'test/classify/adls-errors.test.ts';

const settings = guardsIn(
  'src/connectors/adls2/config.ts',
  [CONFIG],
  [
    {
      name: 'adls-open-http-asked-for',
      promise: 'no credential is sent in the open but to this machine, unless that is asked for',
      faults: ['D9', 'D10'],
      find: 'accountUrl === undefined || allowHttp || !isOpenHttp(accountUrl)',
      replace: 'accountUrl === undefined || allowHttp || accountUrl.length > 0',
      grep: 'refuse an open endpoint',
    },
    {
      name: 'adls-one-credential',
      promise: 'of two credentials neither is silently left aside',
      faults: ['D10'],
      find: 'for (const key of more) {',
      replace: 'for (const key of more.slice(99)) {',
      grep: 'two credentials|three credentials',
    },
    {
      name: 'adls-credentials-looked-for',
      promise: 'settings that may look for no credentials must have some',
      faults: ['D10'],
      find: 'if (settings.useDefaultCredentials || CREDENTIALS.some(isSet)) return undefined;',
      replace: "if (settings.useDefaultCredentials || isSet('retries')) return undefined;",
      grep: 'where none may be looked for',
    },
    {
      name: 'adls-signature-is-signed',
      promise: 'a shared access signature without its signature is refused, and nothing is asked as nobody',
      faults: ['D10'],
      find: "return (new URLSearchParams(sasToken).get('sig') ?? '') !== '';",
      replace: 'return sasToken !== null;',
      grep: 'for a shared access signature',
    },
    {
      name: 'adls-string-without-credential',
      promise: 'a connection string without a credential is refused',
      faults: ['D10'],
      file: 'src/connectors/adls2/connection-string.ts',
      tests: ['test/connectors/adls2/connection-string.test.ts'],
      find: 'if (sasToken === undefined || !isSigned(sasToken)) {',
      replace: 'if (sasToken === null) {',
      grep: 'never taken for one without',
    },
  ],
);

const native = guardsIn(
  'src/connectors/adls2/native.ts',
  [CLIENT],
  [
    {
      name: 'adls-string-in-the-open',
      promise: 'a connection string to an open endpoint is refused as its URL would be',
      faults: ['D9'],
      find: "if (!allowHttp && isOpenHttp(url)) throw connectorError('CONFIG_INVALID', `${setting}: ${OPEN_HTTP}`, about);",
      replace: 'void allowHttp;',
      grep: 'to an open endpoint',
    },
    {
      name: 'adls-no-redirects',
      promise: 'what is signed for one address is sent to no other',
      faults: ['D9'],
      find: '    redirectOptions: { maxRetries: 0 },\n',
      replace: '',
      grep: 'follows no redirect',
    },
    {
      name: 'adls-asked-once',
      promise: 'the SDK repeats nothing by itself: layers of retries do not multiply',
      faults: ['W1'],
      find: 'retryOptions: { maxTries: 1 },',
      replace: 'retryOptions: { maxTries: 2, retryDelayInMs: 1 },',
      grep: 'asks once and says',
    },
    {
      name: 'adls-rotated-secret',
      promise: 'a key or signature that was rotated is in use in five minutes',
      faults: ['D10'],
      tests: ['test/connectors/adls2/secrets.test.ts'],
      find: '? performance.now() + SECRETS_LIVE_MS : Infinity',
      replace: '? Infinity : performance.now() + SECRETS_LIVE_MS',
      grep: 'five minutes after they were rotated',
    },
    {
      name: 'adls-connect-bounded',
      promise: 'a connection that is never accepted is given up in time',
      faults: ['A2'],
      file: 'src/connectors/adls2/agents.ts',
      find: 'const timer = setTimeout(() => socket.destroy(connectorError(',
      replace: 'const timer = setTimeout(() => void (socket.destroyed, connectorError(',
      grep: 'never accepted',
    },
    {
      name: 'adls-sockets-to-spare',
      promise: 'what cleans up does not queue behind what transfers',
      faults: ['W7'],
      file: 'src/connectors/adls2/agents.ts',
      tests: ['test/connectors/adls2/defaults.test.ts'],
      find: 'maxSockets: Math.max(50, 4 * transfer.concurrency)',
      replace: 'maxSockets: transfer.concurrency',
      grep: 'on the Azure client',
    },
    {
      name: 'adls-documents-bounded',
      promise: 'an answer without an end is not taken in whole',
      faults: ['D9'],
      find: '  pipeline.factories.push(boundedDocuments);\n',
      replace: '',
      grep: 'without an end, of status 200',
    },
    {
      name: 'adls-refusals-bounded',
      promise: 'what a refusal of bytes says is not taken in without an end',
      faults: ['D9'],
      file: 'src/connectors/adls2/reply-documents.ts',
      tests: [HOSTILE],
      find: 'new Set([...wanted, Infinity])',
      replace: 'new Set(wanted)',
      grep: 'the error of a read',
    },
    {
      name: 'adls-refusals-cut',
      promise: 'a refusal of bytes that is too long is cut, and its connection closed',
      faults: ['D9'],
      file: 'src/connectors/adls2/reply-documents.ts',
      tests: [HOSTILE],
      find: 'if (bytes > REFUSAL_BYTES) break;',
      replace: 'if (bytes > 1e12) break;',
      grep: 'the error of a read',
    },
    {
      name: 'adls-known-caller-answers',
      promise: 'an account that knows who asks, and refuses, has answered a ping',
      faults: [],
      file: 'src/connectors/adls2/client.ts',
      find: 'if (!isKnownCaller(error)) throw',
      replace: 'if (error !== undefined) throw',
      grep: 'takes it for an answer',
    },
    {
      name: 'adls-unknown-caller-fails',
      promise: 'a refusal that does not say that who asks is known is no answer to a ping',
      faults: [],
      file: 'src/connectors/adls2/client.ts',
      find: 'if (!isKnownCaller(error)) throw error',
      replace: 'if (!isKnownCaller(error) && (error as { statusCode?: number }).statusCode !== 403) throw error',
      grep: 'kept out by the network|refused without a word',
    },
  ],
);

const errors = guardsIn(
  'src/connectors/adls2/errors.ts',
  [CAUGHT],
  [
    {
      name: 'adls-code-in-any-place',
      promise: "an error's code is found in the body, in what the SDK made of it, or in the header alone",
      faults: [],
      find: "    wordOf({ code: headerOf(read(error, 'response'), 'x-ms-error-code') }, 'code'),\n",
      replace: '',
      grep: 'page of its own',
    },
    {
      name: 'adls-cut-body-is-no-abort',
      promise: 'an abort that nobody asked for is a connection that broke, which is worth another try',
      faults: ['R2'],
      find: "name === 'AbortError' || ",
      replace: '',
      grep: 'a body was cut',
    },
    {
      name: 'adls-abort-asked-of-the-signal',
      promise: 'who aborted is asked of the signal, as the SDK says it of any connection that broke',
      faults: ['A1', 'R2'],
      find: '  abortsUnasked: true,\n',
      replace: '',
      grep: 'a body was cut',
    },
    {
      name: 'adls-abort-first',
      promise: 'once the signal has fired, what the SDK says is an abort',
      faults: ['A1'],
      file: 'src/classify/classify-error.ts',
      find: 'signal?.aborted === true ? { reason: signal.reason as unknown } : isUnasked ?',
      replace: 'isUnasked ?',
      grep: 'once the signal has fired',
    },
    {
      name: 'adls-condition-by-intent',
      promise: 'a failed condition says of a read that the file changed, of a write that it exists',
      faults: ['R5', 'W9'],
      find: "return intent === 'write' ? 'ALREADY_EXISTS' : 'OBJECT_CHANGED';",
      replace: "return 'OBJECT_CHANGED';",
      grep: 'tell a condition',
    },
    {
      name: 'adls-message-withheld',
      promise: 'nothing of what an account says in words is passed on: it may repeat a signature',
      faults: ['D7'],
      find: 'cause: safeCause(error, { message }) ?? new Error(message),',
      replace: 'cause: safeCause(error),',
      grep: 'all have a code',
    },
  ],
);

const tokens = guardsIn(
  'src/connectors/adls2/credentials.ts',
  [TOKENS],
  [
    {
      name: 'adls-token-bounded',
      promise: 'a token that never comes is given up in time, and holds up no later request',
      faults: ['A2'],
      find: 'attempt(ask(scope), { timeout });',
      replace: 'attempt(ask(scope), timeout.ms < 0 ? { timeout } : {});',
      grep: 'never answers',
    },
    {
      name: 'adls-token-requests-ended',
      promise: 'an identity that never answers does not hold the process open',
      faults: ['A2'],
      tests: [MANAGED],
      file: 'src/core/cut-requests.ts',
      find: 'for (const request of requests) request.destroy();',
      replace: '',
      grep: 'never answer',
    },
    {
      name: 'adls-token-asked-once',
      promise: 'an identity service is asked once for each try of ours',
      faults: ['W1'],
      find: 'const ONCE = { retryOptions: { maxRetries: 0 } };',
      replace: 'const ONCE = { retryOptions: { maxRetries: 2, retryDelayInMs: 1 } };',
      grep: 'is not available|asks for fewer',
    },
    {
      name: 'adls-token-by-new-secret',
      promise: 'a client secret that was rotated is in use with the next token',
      faults: ['D10'],
      find: 'return make(now).getToken(scopes, options);',
      replace: 'return ((profile as { made?: TokenSource }).made ??= make(now)).getToken(scopes, options);',
      grep: 'that there is by then',
    },
    {
      name: 'adls-no-chain-of-nobody',
      promise: 'where the default chain has nobody, nothing is asked as nobody',
      faults: ['D10'],
      tests: [MANAGED],
      find: 'return new identity.DefaultAzureCredential(ONCE);',
      replace: "return { getToken: () => Promise.resolve({ token: '', expiresOnTimestamp: Date.now() + 60_000 }) };",
      grep: 'nothing is asked as nobody',
    },
    {
      name: 'adls-tokens-over-https',
      promise: 'tokens in the open are refused for what they are, before anything is asked',
      faults: ['D9'],
      file: 'src/connectors/adls2/native.ts',
      tests: [CLIENT],
      find: "if (kind === 'token' && url.startsWith('http:')) {",
      replace: "if (kind === 'token' && url === '') {",
      grep: 'tokens in the open',
    },
    {
      name: 'adls-token-message-withheld',
      promise: 'nothing of what an identity service says in words is passed on: it may repeat a secret',
      faults: ['D7'],
      file: 'src/connectors/adls2/token-errors.ts',
      find: 'cause: safeCause(error, { message }) });',
      replace: 'cause: safeCause(error) });',
      grep: 'refuses the secret',
    },
    {
      name: 'adls-token-service-again',
      promise: 'an identity service that gives no answer is worth another try, one that refuses is not',
      faults: ['W3'],
      file: 'src/connectors/adls2/token-errors.ts',
      find: "code === 'AUTH_FAILED' && isPassing ? true : undefined",
      replace: 'undefined',
      grep: 'fails without a word',
    },
  ],
);

export const adls2Guards: readonly Guard[] = [
  ...settings,
  ...native,
  ...errors,
  ...tokens,
  ...readingGuards,
  ...renewalGuards,
  ...throttlingGuards,
  ...writingGuards,
  ...callGuards,
];
