import assert from 'node:assert/strict';
import { startS3Server } from '../../src/testing/s3-server/index.ts';
import type { S3Server } from '../../src/testing/s3-server/index.ts';
import { inspect } from './inspection.ts';
import type { Order, StreamEnd, TransferReport } from './protocol.ts';
import { roundData } from './round.ts';
import { BUCKET } from './world.ts';
import type { World } from './world.ts';

const DATA = roundData(1, 5_000);
const KEY = 'out/lane_1_round_1.csv.gz';
const DONE: StreamEnd = {
  ...{ outcome: 'done', cleanup: 'confirmed', leftover: undefined, code: undefined, stage: undefined },
  rows: DATA.rows,
};
const FAILED: StreamEnd = { ...DONE, outcome: 'not-done', code: 'CONNECTION_LOST', rows: undefined };

describe('the inspection of a transfer', () => {
  let s3: S3Server;
  /** What the server would answer. */
  let rows = 0;
  let busy: string[] = [];
  let ended = 0;

  beforeEach(async () => {
    s3 = await startS3Server({ buckets: [BUCKET] });
    [rows, busy, ended] = [0, [], 0];
  });
  afterEach(async () => s3.close());

  const sql: World['sql'] = async (text) => {
    if (text.includes('count(*)')) return Promise.resolve([{ rows }]);
    if (!text.includes('pg_terminate_backend'))
      return Promise.resolve(busy.map((query) => ({ state: 'active', query })));
    const sessions = busy.map((query) => ({ query }));
    ended += sessions.length;
    busy = [];
    return Promise.resolve(sessions);
  };
  const problemsOf = async (kind: Order['kind'], ends: Partial<TransferReport>): Promise<string> => {
    // Of the world, an inspection uses these.
    const world = { s3, sql, abortUpload: () => Promise.resolve() } as unknown as World;
    const to = kind === 'unload' ? `s3://${BUCKET}/${KEY}` : 't';
    const order = {
      id: 1,
      lane: 1,
      kind,
      from: 'elsewhere',
      to,
      rows: DATA.rows,
      timeoutMs: 1,
      abortAfterMs: undefined,
    };
    const failure = ends.sink?.outcome === 'not-done' ? 'CONNECTION_LOST' : undefined;
    const report = { id: 1, ms: 1, settleMs: 1, failure, source: DONE, sink: DONE, faults: [], ...ends };
    return (await inspect(world, order, report, DATA)).problems.join('\n');
  };

  it('finds nothing wrong where all is as it was said', async () => {
    rows = DATA.rows;
    s3.putObject(BUCKET, KEY, DATA.compressed);
    assert.equal(await problemsOf('load', {}), '');
    assert.equal(await problemsOf('unload', {}), '');
  });

  it('finds nothing wrong with a failure that left nothing', async () => {
    assert.equal(await problemsOf('load', { sink: FAILED }), '');
    assert.equal(await problemsOf('unload', { sink: FAILED }), '');
  });

  it('finds rows and objects that are not there although they are said to be', async () => {
    assert.match(await problemsOf('load', {}), /said to be done and nothing arrived/);
    assert.match(await problemsOf('unload', {}), /said to be done and nothing arrived/);
  });

  it('finds rows and objects that are there although they are said not to be', async () => {
    rows = DATA.rows;
    s3.putObject(BUCKET, KEY, DATA.compressed);
    assert.match(await problemsOf('load', { sink: FAILED }), /said not to be done and all arrived/);
    assert.match(await problemsOf('unload', { sink: FAILED }), /said not to be done and all arrived/);
  });

  it('finds rows that arrived twice or in part, and an object of other bytes', async () => {
    rows = 2 * DATA.rows;
    assert.match(await problemsOf('load', {}), /not what was sent/);
    s3.putObject(BUCKET, KEY, roundData(2, 5_000).compressed);
    assert.match(await problemsOf('unload', {}), /not what was sent/);
    s3.putObject(BUCKET, KEY, DATA.compressed.subarray(0, 100));
    assert.match(await problemsOf('unload', {}), /not what was sent/);
  });

  it('finds another number of rows than were sent in the result', async () => {
    rows = DATA.rows;
    assert.match(await problemsOf('load', { sink: { ...DONE, rows: 1 } }), /and 1 reported/);
  });

  it('takes an unknown outcome either way, after ending whatever may still be at work', async () => {
    busy = ['COPY'];
    assert.equal(await problemsOf('load', { failure: 'COMMIT_UNKNOWN', sink: { ...FAILED, outcome: 'unknown' } }), '');
    assert.equal(ended, 1);
    rows = DATA.rows;
    assert.equal(await problemsOf('load', { failure: 'COMMIT_UNKNOWN', sink: { ...FAILED, outcome: 'unknown' } }), '');
  });

  it('finds a session that is still at work after a clean-up that was confirmed', async () => {
    busy = ['COPY t FROM STDIN'];
    assert.match(await problemsOf('load', { sink: FAILED }), /a session is still active \(COPY t/);
    busy = ['COPY t FROM STDIN'];
    assert.equal(await problemsOf('load', { sink: { ...FAILED, cleanup: 'unconfirmed' } }), '');
  });

  it('sees rows and sessions at both ends of what goes from table to table', async () => {
    for (const kind of ['rows', 'recode'] as const) {
      [rows, busy] = [DATA.rows, []];
      assert.equal(await problemsOf(kind, {}), '');
      assert.match(await problemsOf(kind, { sink: { ...DONE, rows: 1 } }), /and 1 reported/);
      [rows, busy] = [0, ['SELECT id']];
      assert.equal(await problemsOf(kind, { source: { ...FAILED, cleanup: 'unconfirmed' }, sink: FAILED }), '');
    }
  });

  it('finds an upload that was left and not named', async () => {
    const { uploadId } = await s3Upload(s3);
    assert.match(await problemsOf('unload', { sink: FAILED }), /1 uploads are left/);
    const named = { ...FAILED, cleanup: 'unconfirmed', leftover: { uploadId } } as const;
    assert.equal(await problemsOf('unload', { sink: named }), '');
    assert.match(await problemsOf('unload', { sink: { ...named, leftover: undefined } }), /1 uploads are left/);
  });

  it('finds a transfer that never settled, and passes on what its caller should not have seen', async () => {
    assert.match(await problemsOf('load', { sink: undefined }), /never settled/);
    rows = DATA.rows;
    assert.equal(await problemsOf('load', { faults: ['an error without a type'] }), 'an error without a type');
  });

  it('finds a pipeline that resolved over a sink that is not done', async () => {
    assert.match(await problemsOf('load', { failure: undefined, sink: FAILED }), /the pipeline resolved/);
  });
});

/** Begins an upload, past the library. */
const s3Upload = async ({ endpoint, region, accessKeyId, secretAccessKey, uploads }: S3Server) => {
  const { CreateMultipartUploadCommand, S3Client } = await import('@aws-sdk/client-s3');
  const credentials = { accessKeyId, secretAccessKey };
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true });
  await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key: KEY }));
  client.destroy();
  const [upload] = uploads();
  assert.ok(upload);
  return upload;
};
