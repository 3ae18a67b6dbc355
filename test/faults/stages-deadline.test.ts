import { describePostgres } from '../support/postgres.ts';
import { adlsStreams, postgresStreams, s3Streams, suiteOf } from './stages/table.ts';
import type { StruckStream } from './stages/table.ts';

const suite = (stream: StruckStream): void => {
  describe(`${stream.name} whose time runs out says where, and still cleans up`, () => {
    suiteOf(stream, 'its deadline');
  });
};

describe('a deadline', () => {
  for (const stream of [...s3Streams, ...adlsStreams]) suite(stream);
});

describePostgres('a deadline', (context) => {
  for (const stream of postgresStreams(context)) suite(stream);
});
