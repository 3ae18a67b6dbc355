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
      name: 's3-secrets-bounded',
      promise: 'secrets that never come are waited for on our own clock',
      faults: [],
      file: 'src/connectors/s3/native.ts',
      find: "return bounded(profile.reveal(), { timeout: { ms, code: 'CONNECT_TIMEOUT', message } });",
      replace: 'return profile.reveal();',
      tests: ['test/connectors/s3/defaults.test.ts'],
      grep: 'wait 10 s for secrets',
    },
  ],
);

export const credentialGuards = asked;
