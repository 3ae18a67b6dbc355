import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { classifyError } from '../../../src/classify/index.ts';
import { setSecretsProvider, withSecrets } from '../../../src/config/secrets.ts';
import { pgCopyFrom, pgCopyTo } from '../../../src/connectors/postgres/index.ts';
import { classifyPostgresError } from '../../../src/connectors/postgres/errors.ts';
import { s3ObjectSink, s3ObjectSource, s3Source } from '../../../src/connectors/s3/index.ts';
import { rejection } from '../../support/faults.ts';
import { findCanary, assertNoCanary } from './detector.ts';
import { FOREIGN_TEXTS } from './foreign-texts.ts';
import { hearing } from './hearing.ts';
import type { Ear } from './hearing.ts';

/** An error that says it everywhere, as those of vendors do. */
function foreignError(text: string, facts: object = {}): Error {
  const request = { url: text, headers: { authorization: text }, body: Buffer.from(text) };
  const details = { detail: text, where: text, hint: text, internalQuery: text, column: text, constraint: text };
  const error = new Error(text, { cause: new AggregateError([new Error(text)], text) });
  return Object.assign(
    error,
    { request, config: { password: text }, response: text, $response: request },
    details,
    facts,
  );
}

const pool = (failure: Error): object => ({
  connect: () => Promise.reject(failure),
  end: () => Promise.resolve(),
  on: () => undefined,
  options: { max: 1 },
  totalCount: 0,
  idleCount: 0,
  waitingCount: 0,
});
const refusing = (failure: Error) => ({ send: () => Promise.reject(failure) });
/** Answers, and breaks off in the body. */
const breaking = (failure: Error) => ({
  send: () => {
    const Body = new Readable({
      read() {
        this.destroy(failure);
      },
    });
    return Promise.resolve({ Body, ContentLength: 10, ContentRange: 'bytes 0-9/10', ETag: '"e"' });
  },
});
const aside = { bucket: 'b', key: 'k' };
const quick = { retry: { attempts: 2, minDelay: 1, maxDelay: 1 }, timeout: 5_000 } as const;

type Stream = { readonly settled: Promise<unknown> } & (NodeJS.ReadableStream | NodeJS.WritableStream);

async function fails(ear: Ear, stream: Stream): Promise<void> {
  ear.watch(stream);
  if ('read' in stream) stream.resume();
  else stream.end('1,x\n');
  ear.hear(await rejection(finished(stream)));
}

const network = { code: 'ECONNRESET', syscall: 'read' };
const state = { code: '23505', severity: 'ERROR' };

/** Where an error of somebody else's comes in. */
const PLACES: Readonly<Record<string, (text: string, ear: Ear) => unknown>> = {
  'an error that is classified': (text, ear) => ear.hear(classifyError(foreignError(text))),
  'an error of the network': (text, ear) => ear.hear(classifyError(foreignError(text, network))),
  'an error of Postgres': (text, ear) => ear.hear(classifyError(foreignError(text, state))),
  'an error of node-postgres': (text, ear) => ear.hear(classifyPostgresError(foreignError(text), 't')),
  'an error of S3': (text, ear) =>
    ear.hear(classifyError(foreignError(text, { $metadata: { httpStatusCode: 403 }, name: 'AccessDenied' }))),
  'a word of S3 that is none': (text, ear) =>
    ear.hear(
      classifyError(
        foreignError(text, { $metadata: { httpStatusCode: 403, requestId: text }, name: text, Code: text }),
      ),
    ),
  'an error of ADLS': (text, ear) =>
    ear.hear(
      classifyError(foreignError(text, { statusCode: 403, code: 'AuthenticationFailed' }), { connector: 'adls2' }),
    ),
  'a word of ADLS that is none': (text, ear) =>
    ear.hear(
      classifyError(foreignError(text, { statusCode: 409, code: text, name: text, details: { errorCode: text } }), {
        connector: 'adls2',
      }),
    ),
  'an error of an identity': (text, ear) =>
    ear.hear(
      classifyError(
        foreignError(text, { name: 'AuthenticationError', statusCode: 401, errorResponse: { error: text } }),
      ),
    ),
  'a thrown text': (text, ear) => ear.hear(classifyError(text)),
  'a pool, loading': (text, ear) => fails(ear, pgCopyFrom({ table: 't', client: pool(foreignError(text)), ...quick })),
  'a pool, loading, by a broken connection': (text, ear) =>
    fails(ear, pgCopyFrom({ table: 't', client: pool(foreignError(text, network)), ...quick })),
  'a pool, exporting': (text, ear) => fails(ear, pgCopyTo({ table: 't', client: pool(foreignError(text)), ...quick })),
  'a pool, by a state': (text, ear) =>
    fails(ear, pgCopyTo({ table: 't', client: pool(foreignError(text, state)), ...quick })),
  'a client of S3, reading': (text, ear) =>
    fails(ear, s3ObjectSource({ ...aside, client: refusing(foreignError(text)), ...quick })),
  'a client of S3, in a body': (text, ear) =>
    fails(ear, s3ObjectSource({ ...aside, client: breaking(foreignError(text, network)), ...quick })),
  'a client of S3, listing': (text, ear) =>
    fails(ear, s3Source('s3://b/p/', { join: 'raw', client: refusing(foreignError(text, network)), ...quick })),
  'a client of S3, writing': (text, ear) =>
    fails(ear, s3ObjectSink({ ...aside, client: refusing(foreignError(text)), ...quick, commitTimeout: 50 })),
  'a provider of secrets': async (text, ear) => {
    setSecretsProvider('broken', () => Promise.reject(foreignError(text)));
    ear.hear(await rejection(withSecrets({ password: 'secret://broken/x' })));
    setSecretsProvider('broken', undefined);
  },
  'a provider of a password': (text, ear) => {
    const password = () => Promise.reject(foreignError(text));
    const config = { host: '127.0.0.1', port: 1, user: 'u', database: 'd', sslmode: 'disable', password };
    return fails(ear, pgCopyTo({ table: 't', config, ...quick }));
  },
};

describe('what errors of others carry', () => {
  const texts = Object.entries(FOREIGN_TEXTS);
  const places = Object.entries(PLACES);

  it('is tried in thirty-nine forms at twenty places', () => {
    assert.deepEqual([texts.length, places.length], [39, 20]);
    const hidden = texts.filter(([, text]) => findCanary(text) === undefined).map(([form]) => form);
    // What Node says of these holds nothing by itself, and bytes are no text.
    assert.deepEqual(hidden, [
      'an account key as bytes',
      'JSON that breaks at its end',
      'JSON that is none in its middle',
    ]);
  });

  for (const [place, come] of places) {
    it(`is not in what is told of ${place}`, async () => {
      for (const [form, text] of texts) {
        const heard = await hearing(async (ear) => {
          await come(text, ear);
        });
        assert.ok(heard.errors >= 1, form);
        assertNoCanary(heard.text);
      }
    });
  }
});
