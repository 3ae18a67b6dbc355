/** Every source, sink and transform on the servers that this package can start by itself. */
import { ownAccount } from './adls-servers.ts';
import { adlsSourceSubjects } from './adls-sources.ts';
import { adlsSinkSubjects } from './adls-sinks.ts';
import { postgresSinkSubjects } from './postgres-sinks.ts';
import { localPostgres } from './postgres-service.ts';
import { postgresSourceSubjects } from './postgres-sources.ts';
import { fauxqsService, ownService } from './s3-local.ts';
import { s3SinkSubjects } from './s3-sinks.ts';
import type { SinkSubject } from './s3-sinks.ts';
import { s3SourceSubjects } from './s3-sources.ts';
import type { SourceSubject } from './s3-sources.ts';

export function localSources(): readonly SourceSubject[] {
  return [
    ...localPostgres().flatMap(({ name, start }) => postgresSourceSubjects(name, start)),
    ...s3SourceSubjects('our S3 server', ownService),
    ...s3SourceSubjects('fauxqs', fauxqsService),
    ...adlsSourceSubjects('our ADLS server', ownAccount),
  ];
}

export function localSinks(): readonly SinkSubject[] {
  return [
    ...localPostgres().flatMap(({ name, start }) => postgresSinkSubjects(name, start)),
    ...s3SinkSubjects('our S3 server', ownService),
    ...s3SinkSubjects('fauxqs', fauxqsService),
    ...adlsSinkSubjects('our ADLS server', ownAccount),
  ];
}
