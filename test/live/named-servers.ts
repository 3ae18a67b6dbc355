/** The servers that a user names in the environment, what is named by halves, and what would name the rest. */
import { parseDsn } from '../../src/connectors/postgres/connection/dsn.ts';

export interface NamedPostgres {
  readonly dsn: string;
  /** Without the password. */
  readonly title: string;
  readonly encrypted: boolean;
}

export interface NamedS3 {
  readonly bucket: string;
  /** AWS itself without one. */
  readonly endpointUrl?: string;
  readonly region?: string;
  readonly title: string;
}

/** An account of Azure Data Lake Storage Gen2. */
export interface NamedAdls {
  readonly connectionString: string;
  readonly container: string;
  /** Azurite, which has blobs and no Data Lake. */
  readonly isAzurite: boolean;
  /** Without the key. */
  readonly title: string;
}

export interface NamedServers {
  readonly postgres?: NamedPostgres;
  readonly s3?: NamedS3;
  readonly adls?: NamedAdls;
  /** What is not tested, and why. */
  readonly untested: readonly string[];
  /** What was begun to be named and cannot be used. Nothing is tested before it is mended. */
  readonly mistakes: readonly string[];
}

/** The account that Azurite always has, without an endpoint for the protocol of a Data Lake. */
const AZURITE_ACCOUNT = 'devstoreaccount1';

type Environment = Readonly<Record<string, string | undefined>>;

const HOW = {
  postgres: 'set PG_INTEGRATION_DSN, or PG_HOST with PG_PORT, PG_USER, PG_PASSWORD, PG_DATABASE and PG_SSLMODE',
  s3: 'set S3_TEST_BUCKET, with AWS_ENDPOINT_URL for a server that is not AWS, AWS_REGION, and credentials as for the AWS CLI',
  adls: 'set ADLS_TEST_CONNECTION_STRING and ADLS_TEST_CONTAINER',
};

/** Never throws; a DSN or URL that cannot be read is one of the mistakes, which hold no value of any variable. */
export function namedServers(environment: Environment): NamedServers {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const mistakes: string[] = [];
  const attempt = <T>(read: (given: Environment) => T | undefined): T | undefined => {
    try {
      return read(given);
    } catch (error) {
      mistakes.push(error instanceof Error ? error.message : 'a variable cannot be read');
      return undefined;
    }
  };
  const postgres = attempt(namedPostgres);
  const s3 = attempt(namedS3);
  const adls = attempt(namedAdls);
  const untested = [
    ...(postgres === undefined ? [`Postgres: not named (${HOW.postgres})`] : []),
    ...(s3 === undefined ? [`S3: not named (${HOW.s3})`] : []),
    ...(postgres === undefined || s3 === undefined ? ['from S3 into Postgres and back: needs both'] : []),
    ...(adls === undefined ? [`Azure Data Lake: not named (${HOW.adls})`] : []),
  ];
  return {
    ...(postgres === undefined ? {} : { postgres }),
    ...(s3 === undefined ? {} : { s3 }),
    ...(adls === undefined ? {} : { adls }),
    ...{ untested, mistakes },
  };
}

function namedPostgres(given: Environment): NamedPostgres | undefined {
  const dsn = given['PG_INTEGRATION_DSN'] ?? dsnOfParts(given);
  if (dsn === undefined) return undefined;
  const { hosts, database = 'the default database', user = '', sslmode } = parseDsn(dsn);
  const { host = 'localhost', port = 5432 } = hosts?.[0] ?? {};
  const login = user === '' ? '' : `${user}@`;
  return { dsn, title: `${login}${host}:${port}/${database}`, encrypted: sslmode !== 'disable' };
}

function dsnOfParts(given: Environment): string | undefined {
  const { PG_HOST: host, PG_PORT: port, PG_USER: user, PG_PASSWORD: password, PG_SSLMODE: sslmode } = given;
  const database = given['PG_DATABASE'] ?? given['PG_DB'];
  if (host === undefined) {
    if ([port, user, password, database].every((part) => part === undefined)) return undefined;
    throw new Error('PG_PORT, PG_USER, PG_PASSWORD or PG_DATABASE is set, and PG_HOST is not');
  }
  const query = new URLSearchParams({
    host,
    ...(port === undefined ? {} : { port }),
    ...(sslmode === undefined ? {} : { sslmode }),
  });
  const login = [user, password].flatMap((part) => (part === undefined ? [] : encodeURIComponent(part))).join(':');
  const at = login === '' ? '' : `${login}@`;
  return `postgresql://${at}/${encodeURIComponent(database ?? '')}?${query.toString().replaceAll('+', '%20')}`;
}

function namedS3(given: Environment): NamedS3 | undefined {
  const { S3_TEST_BUCKET: bucket, AWS_REGION: region = given['AWS_DEFAULT_REGION'] } = given;
  const endpointUrl = given['AWS_ENDPOINT_URL_S3'] ?? given['AWS_ENDPOINT_URL'];
  if (bucket === undefined) {
    if (endpointUrl === undefined) return undefined;
    throw new Error('AWS_ENDPOINT_URL is set, and S3_TEST_BUCKET is not: a bucket to work in');
  }
  if (endpointUrl !== undefined && !URL.canParse(endpointUrl)) throw new Error('AWS_ENDPOINT_URL is no URL');
  return {
    bucket,
    ...(endpointUrl === undefined ? {} : { endpointUrl }),
    ...(region === undefined ? {} : { region }),
    title: `${bucket} at ${endpointUrl === undefined ? `AWS, ${region ?? 'its default region'}` : new URL(endpointUrl).host}`,
  };
}

function namedAdls(given: Environment): NamedAdls | undefined {
  const { ADLS_TEST_CONNECTION_STRING: connectionString, ADLS_TEST_CONTAINER: container } = given;
  if (connectionString === undefined && container === undefined) return undefined;
  const account = /(?:^|;)AccountName=([^;]+)/i.exec(connectionString ?? '')?.[1];
  if (connectionString === undefined || account === undefined) {
    throw new Error('ADLS_TEST_CONTAINER is set, and ADLS_TEST_CONNECTION_STRING names no account with its key');
  }
  if (container === undefined) throw new Error('ADLS_TEST_CONNECTION_STRING is set, and ADLS_TEST_CONTAINER is not');
  const isAzurite = account === AZURITE_ACCOUNT && !/DfsEndpoint=/i.test(connectionString);
  const title = `${container} of ${account}${isAzurite ? ', blobs alone' : ''}`;
  return { connectionString, container, isAzurite, title };
}
