import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../../src/testing/s3-server/index.ts';
import { outcomeOf } from '../../support/run.ts';
import { INSTANCE_TOKEN, startMetadataService } from './metadata-service.ts';
import type { MetadataService } from './metadata-service.ts';
import { BUCKET, patterned, sha256 } from './support.ts';

const SESSION = { accessKeyId: 'session-id', secretAccessKey: 'session/canary+key', sessionToken: 'canary-token==' };
const CONTAINER_TOKEN = 'canary-container';
const SRC = new URL('../../../src/connectors/s3/', import.meta.url).href;

type Answer = MetadataService['answers'][number];
/** More than the SDK asks for by itself: whoever is asked always answers so. */
const always = (answer: Answer): Answer[] => Array.from({ length: 10 }, () => answer);

const refused =
  (status: number): Answer =>
  (response) =>
    response.writeHead(status).end('canary');
/** The connection goes in the middle of the secret. */
const brokenOff: Answer = (response, document) => {
  response.setHeader('content-length', document.length);
  response.write(document.slice(0, 60), () => response.destroy());
};
const cutShort: Answer = (response, document) => response.end(document.slice(0, -60));
/** Whose beginning a parser's message would quote. */
const otherwise: Answer = (response) => response.end('canary, <html>');
const withoutKeys: Answer = (response) => response.end('{"AccessKeyId":"canary"}');
const silent: Answer = () => undefined;

describe('credentials of S3 that the SDK finds by itself', function () {
  // A process for each test, which loads an SDK.
  this.timeout(30_000);
  const bytes = patterned(1_000);
  let s3: S3Server;
  let metadata: MetadataService;
  let home: string;
  beforeEach(async () => {
    s3 = await startS3Server({ ...SESSION, buckets: [BUCKET] });
    s3.putObject(BUCKET, 'key', bytes);
    metadata = await startMetadataService(SESSION);
    home = mkdtempSync(path.join(tmpdir(), 'sluice-home-'));
  });
  afterEach(async () => {
    await Promise.all([s3.close(), metadata[Symbol.asyncDispose]()]);
    rmSync(home, { recursive: true });
  });

  const instance = () => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: metadata.endpoint });
  const container = () => ({
    AWS_CONTAINER_CREDENTIALS_FULL_URI: metadata.container,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: CONTAINER_TOKEN,
  });

  /** What `body` prints in a process that has no credentials but those; `options` are those of its streams. */
  const inChild = async (from: Record<string, string>, body: string, options: object): Promise<unknown> => {
    const config = { endpointUrl: s3.endpoint, region: s3.region };
    const all = { bucket: BUCKET, key: 'key', retry: { attempts: 2, minDelay: 1, maxDelay: 5 }, config, ...options };
    const script = `
      import { createHash } from 'node:crypto';
      import { Readable } from 'node:stream';
      import { pipeline } from 'node:stream/promises';
      import { inspect } from 'node:util';
      const { s3ObjectSource } = await import(${JSON.stringify(`${SRC}object-source.ts`)});
      const { s3ObjectSink } = await import(${JSON.stringify(`${SRC}object-sink.ts`)});
      const options = ${JSON.stringify(all)};
      const failed = (error) => {
        console.error(inspect(error, { depth: 12, showHidden: true }), JSON.stringify(error));
        return { name: error.name, code: error.code };
      };
      const tell = (value) => console.log(JSON.stringify(value));
      ${body}
      process.exit();`;
    const cleared = Object.keys(process.env).filter((name) => name.startsWith('AWS_'));
    const env = { ...Object.fromEntries(cleared.map((name) => [name, ''])), HOME: home, USERPROFILE: home, ...from };
    const ended = await outcomeOf(process.execPath, ['--input-type=module', '--eval', script], { cwd: home, env });
    const said = ended.stdout + ended.stderr;
    assert.equal(ended.status, 0, said);
    for (const canary of ['canary', SESSION.secretAccessKey.slice(0, 8)]) assert.ok(!said.includes(canary), said);
    return JSON.parse(ended.stdout);
  };
  const reading = `
    const hash = createHash('sha256');
    try {
      for await (const chunk of s3ObjectSource(options)) hash.update(chunk);
      tell({ sha256: hash.digest('hex') });
    } catch (error) {
      tell(failed(error));
    }`;
  const writing = `
    const sink = s3ObjectSink({ ...options, key: 'written' });
    await pipeline(Readable.from([Buffer.alloc(100)]), sink).catch(() => undefined);
    const { outcome, cleanup, error } = await sink.settled;
    tell({ outcome, cleanup, ...failed(error) });`;
  const assertSigned = (): void => {
    assert.deepEqual([...new Set(s3.operations.map(({ accessKeyId }) => accessKeyId))], ['session-id']);
  };
  const good = { sha256: sha256(bytes) };
  const read = (from: Record<string, string>, config: object = {}, options: object = {}) =>
    inChild(from, reading, {
      ...options,
      config: { endpointUrl: s3.endpoint, region: s3.region, ...config },
    });

  it('are those of the instance', async () => {
    assert.deepEqual(await read(instance()), good);
    assert.deepEqual(metadata.requests, [
      'PUT /latest/api/token',
      `GET /latest/meta-data/iam/security-credentials/ ${INSTANCE_TOKEN}`,
      `GET /latest/meta-data/iam/security-credentials/loader ${INSTANCE_TOKEN}`,
    ]);
    assertSigned();
  });

  it('are those of the container', async () => {
    assert.deepEqual(await read(container()), good);
    assert.deepEqual(metadata.requests, [`GET /container ${CONTAINER_TOKEN}`]);
    assertSigned();
  });

  for (const [what, answer] of [
    ['refuses (404)', refused(404)],
    ['fails (500)', refused(500)],
    ['sends something else', otherwise],
    ['sends half a document', cutShort],
    ['sends no keys', withoutKeys],
    ['is silent', silent],
  ] as const) {
    it(`that are not to be had, since the instance ${what}, are an AuthError, and no request reaches the store`, async () => {
      metadata.answers.push(...always(answer));
      assert.deepEqual(await read(instance()), { name: 'AuthError', code: 'AUTH_FAILED' });
      assert.ok(metadata.answers.length < 10, 'nobody was asked');
      assert.equal(s3.operations.length, 0);
    });
  }

  for (const [what, answer] of [
    ['fails (503)', refused(503)],
    ['sends half a document', cutShort],
  ] as const) {
    // The SDK asks a container four times, a second apart.
    it(`that are not to be had, since the container ${what}, are an AuthError, and no request reaches the store`, async () => {
      metadata.answers.push(...always(answer));
      assert.deepEqual(await read(container()), { name: 'AuthError', code: 'AUTH_FAILED' });
      assert.ok(metadata.answers.length < 10, 'nobody was asked');
      assert.equal(s3.operations.length, 0);
    });
  }

  it('that do not come before the deadline are a TimeoutError', async () => {
    metadata.answers.push(...always(brokenOff));
    const failure = await read(instance(), {}, { timeout: 3_000 });
    assert.deepEqual(failure, { name: 'TimeoutError', code: 'DEADLINE_EXCEEDED' });
    assert.equal(metadata.answers.length, 9);
    assert.equal(s3.operations.length, 0);
  });

  it('that an instance breaks off, for which the SDK waits for ever, are a TimeoutError within their own time', async () => {
    metadata.answers.push(...always(brokenOff));
    const failure = await read(instance(), { timeouts: { credentials: 1_500, read: '10s' } });
    assert.deepEqual(failure, { name: 'TimeoutError', code: 'CONNECT_TIMEOUT' });
    assert.equal(metadata.answers.length, 8);
    assert.equal(s3.operations.length, 0);
  });

  it('that were broken off are asked for anew by the next try', async () => {
    metadata.answers.push(brokenOff);
    assert.deepEqual(await read(instance(), { timeouts: { credentials: 1_500, read: '10s' } }), good);
    assert.equal(metadata.answers.length, 0);
  });

  it('that never come leave what was written not done, and not unknown', async () => {
    metadata.answers.push(...always(brokenOff));
    const config = { endpointUrl: s3.endpoint, region: s3.region, timeouts: { credentials: 1_500, read: '10s' } };
    assert.deepEqual(await inChild(instance(), writing, { config }), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ name: 'TimeoutError', code: 'CONNECT_TIMEOUT' },
    });
    assert.equal(s3.operations.length, 0);
  });
});
