import { guardsIn } from '../../guard.ts';

export const encryptionGuards = guardsIn(
  'src/connectors/s3/native.ts',
  ['test/connectors/s3/encryption.test.ts'],
  [
    {
      name: 's3-customer-key-of-parts',
      promise: 'the key of a customer goes with every part',
      faults: [],
      find: 'new this.#sdk.UploadPartCommand({ ...input, ...this.#customerKey })',
      replace: 'new this.#sdk.UploadPartCommand(input)',
      grep: 'goes with every part',
    },
    {
      name: 's3-customer-key-of-reads',
      promise: 'the key of a customer goes with every read',
      faults: [],
      find: 'new this.#sdk.GetObjectCommand({ ...input, ...this.#customerKey })',
      replace: 'new this.#sdk.GetObjectCommand(input)',
      grep: 'goes with every part',
    },
    {
      name: 's3-customer-key-settles',
      promise: 'a lost commit is asked after with the key of the customer',
      faults: [],
      find: 'new this.#sdk.HeadObjectCommand({ ...input, ...this.#customerKey })',
      replace: 'new this.#sdk.HeadObjectCommand(input)',
      grep: 'settles a lost commit under the key',
    },
    {
      name: 's3-customer-key-looked-up',
      promise: 'a key of the customer that is a secret is in no setting, and looked up by the stream',
      faults: [],
      find: '(isSecret ? await revealed(profile, settings.timeouts.credentials) : settings).encryption?.customerKey',
      replace: '(isSecret ? settings : settings).encryption?.customerKey',
      grep: 'looked up anew by every stream',
    },
    {
      name: 's3-call-encrypts',
      promise: 'an encryption that the call asks for is used instead of the key of the customer',
      faults: [],
      file: 'src/connectors/s3/object-sink.ts',
      find: 'withoutCustomerKey: checked.sse !== undefined',
      replace: 'withoutCustomerKey: false',
      grep: 'instead of all that the profile says',
    },
    {
      name: 's3-customer-key-over-tls',
      promise: 'the key of a customer is never sent in the clear',
      faults: [],
      file: 'src/connectors/s3/config.ts',
      find: 'encryption?.customerKey === undefined ||',
      replace: 'encryption !== null ||',
      grep: 'sends no key of a customer over http',
    },
  ],
);
