/** The three ways to use an endpoint that is not to be trusted, each to its failure. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import type { S3ObjectSourceOptions } from '../../../src/connectors/s3/object-source.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import type { ConnectorError } from '../../../src/errors.ts';
import { eventually } from '../../support/leaks.ts';
import type { Endpoint } from './endpoint.ts';
import { QUICK, TINY_LIMITS, connectorRejection, readAll } from './support.ts';

export const retry = { ...QUICK, attempts: 2 };

export const read = ({ settings }: Endpoint, options: Partial<S3ObjectSourceOptions> = {}): Promise<ConnectorError> =>
  connectorRejection(
    readAll(s3ObjectSource({ bucket: 'bucket', key: 'key', config: settings, retry, partSize: 100, ...options })),
  );

export const list = ({ settings }: Endpoint, config = {}): Promise<ConnectorError> =>
  connectorRejection(readAll(s3Source('s3://bucket/d/', { config: { ...settings, ...config }, retry, join: 'raw' })));

export const write = async ({ settings }: Endpoint, bytes: number): Promise<ConnectorError> => {
  const limits = { ...TINY_LIMITS, maxParts: 100 };
  const target = { bucket: 'bucket', key: 'key', config: settings, retry, partSize: 100, limits };
  const sink = s3ObjectSink({ ...target, commitTimeout: 1_000, cleanupTimeout: 500 });
  const error = await connectorRejection(pipeline(Readable.from([Buffer.alloc(bytes)]), sink));
  await sink.settled;
  return error;
};

/** No connection over which an answer was given up may be kept. */
export const allClosed = (endpoint: Endpoint): Promise<void> =>
  eventually(() => assert.equal(endpoint.open, 0, 'a connection was left open'));

/** Content-Range headers that do not say of a hundred bytes where in the file they are. */
export const NO_RANGES = [
  'bytes 0-99/*',
  'bytes */100',
  'bytes 0-9/100',
  'bytes 0-199/200',
  'bytes 1-100/101',
  'bytes 99-0/100',
  'bytes 0-99/50',
  `bytes 0-99/${'9'.repeat(20)}`,
  `bytes 0-99/${'9'.repeat(400)}`,
  'bytes 0-99',
  'bytes -1-98/100',
  'pages 0-99/100',
  '',
];
