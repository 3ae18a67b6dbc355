import { describeConformance } from '../describe.ts';
import { localPostgres } from '../subjects/postgres-service.ts';
import { postgresSourceSubject } from '../subjects/postgres-sources.ts';
import { fauxqsService, ownService } from '../subjects/s3-local.ts';
import { s3SourceSubjects } from '../subjects/s3-sources.ts';
import { sourceChecks } from './suite.ts';

describe('every source', () => {
  for (const { name, start } of localPostgres()) describeConformance(sourceChecks, postgresSourceSubject(name, start));
  for (const subject of s3SourceSubjects('our S3 server', ownService)) describeConformance(sourceChecks, subject);
  for (const subject of s3SourceSubjects('fauxqs', fauxqsService)) describeConformance(sourceChecks, subject);
});
