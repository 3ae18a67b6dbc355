/** What requests are signed with, and when: credentials that expire during a transfer, clocks that differ. */
import { guardsIn } from '../../guard.ts';

export const renewalGuards = guardsIn(
  'src/connectors/s3/renewal.ts',
  ['test/faults/s3-expired.test.ts'],
  [
    {
      name: 's3-expired-renewed',
      promise: 'a request whose credentials expired is signed anew with those that there are by then',
      faults: ['W12'],
      find: 'if (!isExpired(error) || ',
      replace: 'if (isExpired(error) || ',
      grep: 'by UploadPart 3|by GetObject 3',
    },
    {
      name: 's3-expired-head',
      promise: 'an answer without a body may be that of expired credentials',
      faults: ['W12'],
      find: "'httpStatusCode') === 400",
      replace: "'httpStatusCode') === 0",
      grep: 'by HeadObject 1',
    },
    {
      name: 's3-renewed-once',
      promise: 'all requests that met the end of the credentials ask for others once',
      faults: ['W12'],
      find: 'renewal === undefined || renewal.beganAt < sentAt',
      replace: 'renewal === undefined || renewal.beganAt > 0',
      grep: 'by UploadPart 1',
    },
    {
      name: 's3-renewed-others',
      promise: 'credentials that are the same again are not tried again',
      faults: ['W12'],
      find: 'return old.accessKeyId !== now.accessKeyId || old.sessionToken !== now.sessionToken;',
      replace: 'return true;',
      grep: 'at once when there are no others',
    },
    {
      name: 's3-renewed-anew',
      promise: 'whoever keeps credentials is made anew where none that are kept will do',
      faults: ['W12'],
      file: 'src/connectors/s3/asked-credentials.ts',
      find: 'if (forceRefresh) ask = undefined;',
      replace: '',
      grep: 'keeps them',
    },
    {
      name: 's3-clock-corrected',
      promise: 'a request that was refused for its time is sent again with that of S3',
      faults: ['W13'],
      file: 'src/connectors/s3/errors.ts',
      find: 'facts.clockCorrected ? true : ',
      replace: 'facts.status === 0 ? true : ',
      tests: ['test/faults/s3-clock.test.ts'],
      grep: 'is corrected from the first refusal',
    },
  ],
);
