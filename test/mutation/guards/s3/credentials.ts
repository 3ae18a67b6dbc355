import { guardsIn } from '../../guard.ts';

const asked = guardsIn(
  'src/connectors/s3/asked-credentials.ts',
  ['test/connectors/s3/metadata.test.ts'],
  [
    {
      name: 's3-credentials-bounded',
      promise: 'who is asked for credentials and never answers is waited for on our own clock',
      faults: [],
      find: 'return await bounded(ask(), { timeout });',
      replace: 'return await ask();',
      grep: 'for which the SDK waits for ever',
    },
    {
      name: 's3-credentials-anew',
      promise: 'credentials that did not come are asked for anew, instead of waiting for the same answer',
      faults: [],
      find: '      ask = undefined;\n',
      replace: '',
      grep: 'asked for anew by the next try',
    },
    {
      name: 's3-credentials-malformed',
      promise: 'an answer that holds no credentials is an AuthError, and quoted nowhere',
      faults: [],
      find: "if (classifyS3Error(error).code !== 'UNKNOWN') throw error;",
      replace: 'throw error;',
      grep: 'the instance sends something else',
    },
    {
      name: 's3-connects-anew',
      promise: 'a stream whose credentials did not come is connected anew by its next try',
      faults: [],
      file: 'src/core/opened-once.ts',
      find: '      opened = undefined;\n',
      replace: '',
      tests: ['test/connectors/late-secrets.test.ts'],
      grep: 'next try of a stream',
    },
  ],
);

export const credentialGuards = asked;
