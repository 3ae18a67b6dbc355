/** What spans of S3 say of the server and the bucket. */
import { guardsIn } from '../../guard.ts';

export const telemetryGuards = guardsIn(
  'src/connectors/s3/options.ts',
  ['test/observability/servers.test.ts'],
  [
    {
      name: 's3-span-server-of-client',
      promise: 'a span names the server of the client that was handed in, not that of the profile',
      faults: [],
      find: 'client === undefined ? configuredServer(source) : {}',
      replace: 'configuredServer(source)',
      grep: 'handed in, whatever the profile says',
    },
    {
      name: 's3-span-asks-the-client',
      promise: 'a region that only the client knows is asked for',
      faults: [],
      file: 'src/connectors/s3/connection.ts',
      find: 'if (!isTold) operation',
      replace: 'if (client === null) lifecycle',
      grep: 'the client has found',
    },
    {
      name: 's3-span-one-bucket',
      promise: 'a span of objects in several buckets names none of them',
      faults: [],
      file: 'src/connectors/s3/source.ts',
      find: 'selections.every(({ bucket }) => bucket === first.bucket) ? first.bucket : undefined',
      replace: 'first.bucket',
      grep: 'no bucket where there are several',
    },
  ],
);
