/** The suites of sources, sinks and stores, on the servers that the user names. */
import { blobChecks } from '../conformance/adls-server/blob.ts';
import { adlsServerChecks } from '../conformance/adls-server/suite.ts';
import { describeConformance } from '../conformance/describe.ts';
import { sinkChecks } from '../conformance/sink/suite.ts';
import { sourceChecks } from '../conformance/source/suite.ts';
import { storeChecks } from '../conformance/store/suite.ts';
import { adlsServerSubject } from '../conformance/subjects/adls-servers.ts';
import { adlsSinkSubjects } from '../conformance/subjects/adls-sinks.ts';
import { adlsSourceSubjects } from '../conformance/subjects/adls-sources.ts';
import { adlsClientSubject } from '../conformance/subjects/adls-stores.ts';
import { postgresSinkSubjects } from '../conformance/subjects/postgres-sinks.ts';
import { postgresSourceSubjects } from '../conformance/subjects/postgres-sources.ts';
import { s3SinkSubjects } from '../conformance/subjects/s3-sinks.ts';
import { s3SourceSubjects } from '../conformance/subjects/s3-sources.ts';
import { s3StoreSubject } from '../conformance/subjects/s3-stores.ts';
import { namedServers } from './named-servers.ts';
import { opaque, userAdls, userPostgres, userS3 } from './services.ts';

/** More than S3 lists on one page. */
const NAMES = 1_001;
/** A page of ADLS has 5,000, and each takes six requests to write: more than one page is for our own server. */
const PATHS = 20;

/** Where the emulator is not like Azure. */
const AZURITE_LACKS = {
  'refuses ranges that begin at the end, which is any range of an empty file': 'it answers without bytes',
  'lets nobody read who has not its key': 'its 403 is called AuthorizationFailure',
};

const { postgres, s3, adls } = namedServers(process.env);

if (postgres !== undefined) {
  const start = () => userPostgres(postgres);
  const { opaqueWire } = opaque(postgres);
  describe(`Postgres: ${postgres.title}`, () => {
    for (const subject of postgresSourceSubjects('it', start, opaqueWire)) describeConformance(sourceChecks, subject);
    for (const subject of postgresSinkSubjects('it', start, opaque(postgres))) describeConformance(sinkChecks, subject);
  });
}

if (s3 !== undefined) {
  const start = () => userS3(s3);
  const { opaqueWire } = opaque(s3);
  describe(`S3: ${s3.title}`, () => {
    for (const subject of s3SourceSubjects('it', start, opaqueWire)) describeConformance(sourceChecks, subject);
    for (const subject of s3SinkSubjects('it', start, opaque(s3))) describeConformance(sinkChecks, subject);
    describeConformance(storeChecks, s3StoreSubject('it', start, NAMES, opaque(s3)));
  });
}

if (adls !== undefined) {
  const start = () => userAdls(adls);
  const account = adlsServerSubject('the account', start);
  const { opaqueWire } = opaque(adls);
  describe(`Azure Data Lake: ${adls.title}`, () => {
    if (adls.isAzurite) {
      describeConformance(blobChecks, { ...account, lacks: AZURITE_LACKS });
      return;
    }
    for (const subject of adlsSourceSubjects('it', start, opaqueWire)) describeConformance(sourceChecks, subject);
    for (const subject of adlsSinkSubjects('it', start, opaque(adls))) describeConformance(sinkChecks, subject);
    describeConformance(storeChecks, adlsClientSubject('the account', start, PATHS, opaque(adls)));
    describeConformance(adlsServerChecks, account);
  });
}
