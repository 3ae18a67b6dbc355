/** The three ways to use an account that is not to be trusted, each to its failure. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Adls2Settings } from '../../../src/connectors/adls2/config.ts';
import { adlsFileSink } from '../../../src/connectors/adls2/file-sink.ts';
import { adlsFileSource } from '../../../src/connectors/adls2/file-source.ts';
import type { AdlsFileSource, AdlsFileSourceOptions } from '../../../src/connectors/adls2/file-source.ts';
import { adlsSource } from '../../../src/connectors/adls2/source.ts';
import type { ConnectorError } from '../../../src/errors.ts';
import type { Endpoint } from '../s3/endpoint.ts';
import { QUICK, connectorRejection, readAll } from '../s3/support.ts';

const retry = { ...QUICK, attempts: 2 };
const accountKey = Buffer.from('key').toString('base64');

const settingsOf = ({ url }: Endpoint): Adls2Settings => ({ accountUrl: `${url}/account`, accountKey });

export const open = (endpoint: Endpoint, options: Partial<AdlsFileSourceOptions> = {}): AdlsFileSource =>
  adlsFileSource({
    ...{ container: 'lake', path: 'file', config: settingsOf(endpoint), retry, partSize: 100 },
    ...options,
  });

export const read = (endpoint: Endpoint, options: Partial<AdlsFileSourceOptions> = {}): Promise<ConnectorError> =>
  connectorRejection(readAll(open(endpoint, options)));

export const list = (endpoint: Endpoint, timeouts = {}): Promise<ConnectorError> => {
  const config = { ...settingsOf(endpoint), timeouts };
  return connectorRejection(readAll(adlsSource('adls://lake/d/', { config, retry, join: 'raw' })));
};

export const write = async (endpoint: Endpoint, bytes: number): Promise<ConnectorError> => {
  const target = { container: 'lake', path: 'file', config: settingsOf(endpoint), retry, partSize: 100 };
  const sink = adlsFileSink({ ...target, commitTimeout: 1_000, cleanupTimeout: 500 });
  const error = await connectorRejection(pipeline(Readable.from([Buffer.alloc(bytes)]), sink));
  await sink.settled;
  return error;
};
