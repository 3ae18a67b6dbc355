import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import pg from 'pg';
import { pgCopyTo } from '../../src/connectors/postgres/index.ts';
import { closePools } from '../../src/connectors/postgres/native.ts';
import { s3ObjectSource, s3Source } from '../../src/connectors/s3/index.ts';
import type { S3StreamOptions } from '../../src/connectors/s3/stream-options.ts';
import { startChaosProxy } from '../../src/testing/chaos-proxy/index.ts';
import { BUCKET, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { reporting } from '../core/telemetry.ts';
import { rejection } from '../support/faults.ts';
import { describePostgres } from '../support/postgres.ts';

type Said = Readonly<Record<string, unknown>>;

/** What the one span of `work` says of the server. */
async function saidOfServer(keys: readonly string[], work: () => Promise<unknown>): Promise<Said> {
  let said: Said = {};
  await reporting(async (reported) => {
    await work();
    const [span, ...others] = reported.spans();
    assert.equal(others.length, 0);
    said = Object.fromEntries(keys.map((key) => [key, span?.attributes[key]]));
  });
  return said;
}

const IN_POSTGRES = ['server.address', 'server.port', 'db.namespace'];
const IN_S3 = ['server.address', 'server.port', 'cloud.region', 'aws.s3.bucket'];

describePostgres('the server of a span', (context) => {
  const query = 'SELECT 1';
  const expected = (): Said => {
    const { hostname, port, pathname } = new URL(context().dsn);
    return { 'server.address': hostname, 'server.port': Number(port), 'db.namespace': pathname.slice(1) };
  };

  it('is that of a pool that was handed in', async () => {
    const pool = new pg.Pool({ connectionString: context().dsn });
    try {
      assert.deepEqual(await saidOfServer(IN_POSTGRES, () => buffer(pgCopyTo({ query, client: pool }))), expected());
    } finally {
      await pool.end();
    }
  });

  it('is that of a client that was handed in', async () => {
    const client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
    try {
      assert.deepEqual(await saidOfServer(IN_POSTGRES, () => buffer(pgCopyTo({ query, client }))), expected());
    } finally {
      await client.end();
    }
  });

  it('is told where it cannot be reached', async () => {
    const proxy = await startChaosProxy({ host: '127.0.0.1', port: 1 });
    proxy.refuseNew();
    const url = new URL(context().dsn);
    url.port = String(proxy.port);
    try {
      const said = await saidOfServer(IN_POSTGRES, () =>
        rejection(buffer(pgCopyTo({ query, config: { dsn: url.href }, retry: false }))),
      );
      assert.deepEqual(said, { ...expected(), 'server.port': proxy.port });
      const pool = new pg.Pool({ host: '127.0.0.1', port: proxy.port, database: 'absent' });
      const ofPool = await saidOfServer(IN_POSTGRES, () =>
        rejection(buffer(pgCopyTo({ query, client: pool, retry: false }))),
      );
      assert.deepEqual(ofPool, { 'server.address': '127.0.0.1', 'server.port': proxy.port, 'db.namespace': 'absent' });
      await pool.end();
    } finally {
      await closePools();
      await proxy.close();
    }
  });
});

describe('the server of a span of S3', () => {
  const servers = useS3Server({ buckets: [BUCKET, 'another'] });
  const read = (options: S3StreamOptions): Promise<Said> => {
    servers.s3.putObject(BUCKET, 'key', Buffer.from('x'));
    return saidOfServer(IN_S3, () => buffer(s3ObjectSource({ bucket: BUCKET, key: 'key', ...options })));
  };
  const expected = (): Said => {
    const { port } = servers.s3;
    return { 'server.address': '127.0.0.1', 'server.port': port, 'cloud.region': 'us-east-1', 'aws.s3.bucket': BUCKET };
  };

  it('is that of a client that was handed in, whatever the profile says', async () => {
    const { accessKeyId, secretAccessKey, endpoint } = servers.s3;
    const credentials = { accessKeyId, secretAccessKey };
    const client = new S3Client({ endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    try {
      assert.deepEqual(await read({ client, config: { region: 'eu-west-1' } }), expected());
    } finally {
      client.destroy();
    }
  });

  it('is in the region that the client has found where the profile names none', async () => {
    const { endpointUrl, credentials } = settingsFor(servers.s3);
    assert.deepEqual(await read({ config: { endpointUrl, credentials } }), expected());
  });

  it('is told where it is behind a secret', async () => {
    const { endpointUrl, region, credentials } = settingsFor(servers.s3);
    assert.ok(endpointUrl !== undefined);
    process.env['SLUICE_OBSERVED_ENDPOINT'] = endpointUrl;
    const config = { endpointUrl: 'secret://env/SLUICE_OBSERVED_ENDPOINT', region, credentials };
    try {
      assert.deepEqual(await read({ config }), expected());
    } finally {
      delete process.env['SLUICE_OBSERVED_ENDPOINT'];
    }
  });

  it('is that of AWS in its region where no endpoint is named', async () => {
    const client = new S3Client({ region: 'eu-west-1', credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    // No request leaves this machine.
    client.middlewareStack.add(() => () => Promise.reject(new Error('not sent')), { step: 'finalizeRequest' });
    const said = await saidOfServer(IN_S3, () =>
      rejection(buffer(s3ObjectSource({ bucket: BUCKET, key: 'key', client, retry: false }))),
    );
    assert.deepEqual(said, {
      'server.address': 's3.eu-west-1.amazonaws.com',
      'server.port': 443,
      'cloud.region': 'eu-west-1',
      'aws.s3.bucket': BUCKET,
    });
    client.destroy();
  });

  it('is not looked for in a client that does not tell', async () => {
    const client = { send: () => Promise.reject(new Error('not sent')) };
    const said = await saidOfServer(IN_S3, () =>
      rejection(buffer(s3ObjectSource({ bucket: BUCKET, key: 'key', client, retry: false }))),
    );
    assert.deepEqual(said, {
      'server.address': undefined,
      'server.port': undefined,
      'cloud.region': undefined,
      'aws.s3.bucket': BUCKET,
    });
  });

  it('has no bucket where there are several', async () => {
    for (const bucket of [BUCKET, 'another']) servers.s3.putObject(bucket, 'key', Buffer.from('x'));
    const source = s3Source([`s3://${BUCKET}/key`, 's3://another/key'], {
      join: 'raw',
      config: settingsFor(servers.s3),
    });
    const said = await saidOfServer(IN_S3, () => buffer(source));
    assert.deepEqual(said, { ...expected(), 'aws.s3.bucket': undefined });
  });
});
