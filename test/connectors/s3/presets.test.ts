import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { S3Client as AwsClient } from '@aws-sdk/client-s3';
import { explainProfile } from '../../../src/config/explain.ts';
import type { Layer } from '../../../src/config/layer.ts';
import { s3Profile, s3Schema } from '../../../src/connectors/s3/config.ts';
import type { S3Settings } from '../../../src/connectors/s3/config.ts';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import { S3_PRESET_NAMES, s3Presets } from '../../../src/connectors/s3/presets.ts';
import { connectors, s3 } from '../../../src/connectors/registry.ts';
import { assertSameBytes, patterned, readAll, requests, settingsFor, useS3Server } from './support.ts';
import { BYTES, LIMITS, PART, chunked, openSink, stored } from './writing.ts';

const WRITES = ['PutObject', 'CreateMultipartUpload', 'UploadPart', 'CompleteMultipartUpload'] as const;
const READS = ['GetObject', 'HeadObject'] as const;

/** `a.b: value` of every value. */
function told(layer: Layer, within = ''): string[] {
  return Object.entries(layer).flatMap(([key, value]) =>
    typeof value === 'object'
      ? told(value as Layer, `${within}${key}.`)
      : [`\`${within}${key}: ${JSON.stringify(value).replaceAll('"', '')}\``],
  );
}

describe('a preset of S3', () => {
  const server = useS3Server({ limits: LIMITS });
  afterEach(() => connectors.reset());
  const configOf = (preset: string, more: S3Settings = {}): S3Settings => {
    const { region, ...config } = settingsFor(server.s3);
    assert.equal(region, 'us-east-1');
    return { ...config, preset, ...more } as S3Settings;
  };
  /** The names of the headers about checksums that were sent. */
  const checksums = (operations: readonly (typeof WRITES)[number][] | readonly (typeof READS)[number][]): string[] => {
    const sent = operations.flatMap((operation) => requests(server.s3, operation));
    assert.ok(sent.length > 0);
    const names = sent.flatMap(({ headers }) => Object.keys(headers).filter((name) => /checksum|trailer/.test(name)));
    return [...new Set(names)].sort();
  };
  const write = async (preset: string, data: Buffer, options = {}): Promise<void> => {
    // The server signs for us-east-1.
    const config = configOf(preset, { region: 'us-east-1' });
    await pipeline(chunked(data), openSink(server.s3, { config, ...options }));
    assertSameBytes(stored(server.s3), data);
  };

  for (const preset of S3_PRESET_NAMES) {
    it(`${preset} holds settings that there are, and the guide tells which`, () => {
      const { settings } = s3Profile('default', { preset });
      const guide = readFileSync(path.join(import.meta.dirname, '../../../docs/guide/configuration.md'), 'utf8');
      const row = guide.split('\n').find((line) => line.startsWith(`| \`${preset}\``));
      const [, , sets] = row?.split('|').map((cell) => cell.trim()) ?? [];
      assert.equal(sets, told(s3Presets[preset]).join(', '));
      assert.equal(settings.preset, preset);
    });
  }

  it('is beneath the file, the environment and the call', () => {
    const PREFIX = 'AUTO_WORKFLOW_CONNECTORS_S3_CLOUD__';
    const file = { path: '/sluice.config.json', connectors: { s3: { cloud: { preset: 'r2', region: 'file' } } } };
    const environment = { [`${PREFIX}TRANSFER__EQUAL_PARTS`]: 'false' };
    const shown = explainProfile(s3Schema, {
      ...{ connector: 's3', profile: 'cloud', file, environment, presets: s3Presets },
      overrides: { transfer: { partSize: '16MiB' } },
    });
    const origins = Object.fromEntries(shown.map(({ path: at, value, origin }) => [at, `${value} (${origin})`]));
    assert.equal(origins['region'], 'file (/sluice.config.json)');
    assert.equal(origins['transfer.checksum'], 'crc32-composite (preset r2)');
    assert.equal(origins['transfer.equalParts'], `false (${PREFIX}TRANSFER__EQUAL_PARTS)`);
    assert.equal(origins['transfer.partSize'], '16MiB (the call)');
    assert.equal(origins['transfer.concurrency'], '10 (default)');
    const { settings } = s3Profile('default', { preset: 'r2', region: 'weur', transfer: { checksum: 'none' } });
    assert.deepEqual(
      [settings.region, settings.transfer.checksum, settings.transfer.equalParts],
      ['weur', 'none', true],
    );
  });

  it('that is none is refused with those that there are', () => {
    assert.throws(() => s3Profile('default', { preset: 'r3' as 'r2' }), {
      code: 'CONFIG_INVALID',
      message: /preset: expected one of r2, gcs, b2, minio, ovh, not 'r3' \(the call\)/,
    });
    assert.throws(() => s3Profile('default', { preset: 'constructor' as 'r2' }), { code: 'CONFIG_INVALID' });
  });

  for (const [preset, region] of [
    ['r2', 'auto'],
    ['gcs', 'auto'],
    ['b2', 'us-east-1'],
    ['minio', 'us-east-1'],
  ] as const) {
    it(`${preset} signs for the region ${region}, in path style`, async () => {
      const { config } = (await s3.client('default', configOf(preset)).native()) as unknown as AwsClient;
      assert.deepEqual([await config.region(), config.forcePathStyle], [region, true]);
    });
  }

  it('r2 writes parts of one size and no checksum of the whole', async () => {
    await write('r2', BYTES);
    const sizes = requests(server.s3, 'UploadPart').map(({ bytesIn }) => bytesIn);
    assert.deepEqual(
      sizes.sort((one, other) => other - one),
      [PART, PART, PART, PART, 1234],
    );
    assert.deepEqual(checksums(WRITES), ['x-amz-checksum-algorithm', 'x-amz-checksum-crc32']);
    const [created] = requests(server.s3, 'CreateMultipartUpload');
    const [completed] = requests(server.s3, 'CompleteMultipartUpload');
    assert.equal(created?.headers['x-amz-checksum-algorithm'], 'CRC32');
    assert.deepEqual([completed?.status, completed?.headers['x-amz-checksum-crc32']], [200, undefined]);
  });

  it('r2 lets no part grow, not even the first one to the threshold', async () => {
    const transfer = { multipartThreshold: 2 * PART, concurrency: 2 };
    const limits = { ...LIMITS, maxParts: 12 };
    const data = patterned(11 * PART + 1);
    await write('r2', data, {
      limits,
      config: configOf('r2', { region: 'us-east-1', transfer }),
      maxBufferedBytes: 8 * PART,
    });
    const sizes = requests(server.s3, 'UploadPart').map(({ bytesIn }) => bytesIn);
    assert.deepEqual(
      [...new Set(sizes)].sort((one, other) => one - other),
      [1, PART],
    );
    assert.equal(sizes.length, 12);
  });

  it('r2 makes all parts as large as the expected bytes need, and refuses what no such parts hold', async () => {
    const limits = { ...LIMITS, maxParts: 3 };
    const data = patterned(4 * PART);
    await write('r2', data, { limits, expectedBytes: data.length });
    const sizes = requests(server.s3, 'UploadPart').map(({ bytesIn }) => bytesIn);
    const size = Math.ceil(data.length / 3);
    assert.deepEqual(
      sizes.sort((one, other) => other - one),
      [size, size, data.length - 2 * size],
    );
    const sink = openSink(server.s3, { limits, config: configOf('r2', { region: 'us-east-1' }) });
    await assert.rejects(pipeline(chunked(data), sink), { code: 'TOO_LARGE' });
    const { outcome, cleanup } = await sink.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
  });

  for (const preset of ['gcs', 'b2', 'ovh'] as const) {
    it(`${preset} sends no checksum and asks for none`, async () => {
      await write(preset, BYTES);
      assert.deepEqual(checksums(WRITES), []);
      const config = configOf(preset, { region: 'us-east-1' });
      const target = { bucket: 'bucket', key: 'key', config };
      // In parts, and as a whole.
      for (const partSize of [PART, BYTES.length + 1]) {
        assertSameBytes(await readAll(s3ObjectSource({ ...target, partSize })), BYTES);
      }
      assert.deepEqual(checksums(READS.slice(0, 1)), []);
      assert.equal(requests(server.s3, 'HeadObject').length, 0);
      await readAll(s3ObjectSource({ ...target, verify: true }));
      assert.deepEqual(checksums(READS), ['x-amz-checksum-mode']);
    });
  }

  it('ovh settles a lost answer without asking for a checksum', async () => {
    const fault = server.s3.on('PutObject', 1, { reset: 'after' });
    await write('ovh', patterned(100));
    assert.equal(fault.fired, 1);
    assert.deepEqual([requests(server.s3, 'PutObject').length, requests(server.s3, 'HeadObject').length], [1, 1]);
    assert.deepEqual(checksums(READS), []);
  });

  for (const preset of ['gcs', 'b2'] as const) {
    it(`${preset} refuses a condition that the store would ignore or refuse, before anything is sent`, () => {
      for (const condition of [{ ifNoneMatch: '*' }, { ifMatch: '"x"' }] as const) {
        const target = { bucket: 'bucket', key: 'key', ...condition };
        assert.throws(() => s3ObjectSink({ ...target, config: configOf(preset) }), {
          code: 'CONFIG_INVALID',
          message: /Match: this store has no conditional writes/,
        });
        const config = configOf(preset, { transfer: { conditionalWrites: true } });
        s3ObjectSink({ ...target, config }).destroy();
      }
      assert.equal(server.s3.operations.length, 0);
    });
  }

  it('minio, and a store that knows no other checksum of parts than the composite one, are told those of all parts', async () => {
    await write('minio', BYTES);
    const { endpoint, region, accessKeyId, secretAccessKey } = server.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new AwsClient({ endpoint, region, credentials, forcePathStyle: true });
    client.middlewareStack.add(
      (next) => (args) => {
        Reflect.deleteProperty((args.request as { headers: object }).headers, 'x-amz-checksum-type');
        return next(args);
      },
      { step: 'build' },
    );
    await pipeline(chunked(BYTES), openSink(server.s3, { client, config: {} }));
    client.destroy();
    assertSameBytes(stored(server.s3), BYTES);
    const created = requests(server.s3, 'CreateMultipartUpload').map(({ headers }) => headers['x-amz-checksum-type']);
    const completed = requests(server.s3, 'CompleteMultipartUpload').map(({ status }) => status);
    assert.deepEqual(
      [created, completed],
      [
        [undefined, undefined],
        [200, 200],
      ],
    );
  });
});
