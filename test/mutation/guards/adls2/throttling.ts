/** What all streams of an account do when it asks for fewer requests. */
import { guardsIn } from '../../guard.ts';

export const throttlingGuards = guardsIn(
  'src/connectors/adls2/native.ts',
  ['test/faults/adls-throttle.test.ts'],
  [
    {
      name: 'adls-limiter-of-the-client',
      promise: 'all streams over one client share what the account asked for',
      faults: ['W1'],
      find: "return connections.limiter(client ?? profile.key, 'standard');",
      replace: "return connections.limiter({ client, profile }, 'standard');",
      grep: 'streams of one client down together',
    },
    {
      name: 'adls-sink-limited',
      promise: 'appends slow down when the account asks for fewer requests',
      faults: ['W1'],
      file: 'src/connectors/adls2/file-sink.ts',
      find: 'maxBufferedBytes, retry, limiter, partMs: requestMs }',
      replace: 'maxBufferedBytes, retry, partMs: requestMs }',
      grep: 'parts of a write|Retry-After heeded',
    },
    {
      name: 'adls-source-limited',
      promise: 'ranges slow down when the account asks for fewer requests',
      faults: ['W1'],
      file: 'src/connectors/adls2/file-source.ts',
      find: '...position, retry, limiter }',
      replace: '...position, retry }',
      grep: 'streams of one client down together',
    },
    {
      name: 'adls-retry-after-read',
      promise: 'the wait that the account asks for is heeded',
      faults: ['W1'],
      file: 'src/connectors/adls2/errors.ts',
      find: "headerOf(response, 'retry-after')",
      replace: "headerOf(response, 'x-never')",
      grep: 'Retry-After heeded',
    },
  ],
);
