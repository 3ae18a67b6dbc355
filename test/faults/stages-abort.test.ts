import { describePostgres } from '../support/postgres.ts';
import { adlsStreams, postgresStreams, s3Streams, suiteOf } from './stages/table.ts';
import type { StruckStream } from './stages/table.ts';

const WEAPONS = ['its signal', "the pipeline's signal"] as const;

const suites = (stream: StruckStream): void => {
  for (const weapon of WEAPONS) {
    describe(`${stream.name} aborted by ${weapon} tells the truth and gives everything back`, () => {
      suiteOf(stream, weapon);
    });
  }
};

describe('an abort', () => {
  for (const stream of [...s3Streams, ...adlsStreams]) suites(stream);
});

describePostgres('an abort', (context) => {
  for (const stream of postgresStreams(context)) suites(stream);
});
