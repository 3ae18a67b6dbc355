import { describeConformance } from '../describe.ts';
import { postgresSinkSubjects } from '../subjects/postgres-sinks.ts';
import { localPostgres } from '../subjects/postgres-service.ts';
import { fauxqsService, ownService } from '../subjects/s3-local.ts';
import { s3SinkSubjects } from '../subjects/s3-sinks.ts';
import { sinkChecks } from './suite.ts';

describe('every sink', () => {
  const subjects = [
    ...localPostgres().flatMap(({ name, start }) => postgresSinkSubjects(name, start)),
    ...s3SinkSubjects('our S3 server', ownService),
    ...s3SinkSubjects('fauxqs', fauxqsService),
  ];
  for (const subject of subjects) describeConformance(sinkChecks, subject);
});
