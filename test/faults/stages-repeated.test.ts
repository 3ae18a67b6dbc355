import { describePostgres } from '../support/postgres.ts';
import { adlsStreams, postgresStreams, s3Streams, suiteOf } from './stages/table.ts';
import type { StruckStream } from './stages/table.ts';

const suite = (stream: StruckStream): void => {
  describe(`${stream.name} that is aborted, destroyed twice and aborted again tells of the first, and cleans up once`, () => {
    suiteOf(stream, 'everything at once');
  });
};

describe('a second blow', () => {
  for (const stream of [...s3Streams, ...adlsStreams]) suite(stream);
});

describePostgres('a second blow', (context) => {
  for (const stream of postgresStreams(context)) suite(stream);
});
