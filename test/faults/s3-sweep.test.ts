import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import { connectors, s3 } from '../../src/connectors/registry.ts';
import { BUCKET, connectorRejection, patterned, requests, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { startProgram } from '../support/process.ts';
import { leavesUploads } from '../support/watches/uploads.ts';
import { sdkClient } from '../testing/s3-server/sdk-client.ts';
import type { FileUpload } from './processes/upload-file.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/upload-file.ts');
const PART = 100;
const limits = { minPartSize: 1, maxPartSize: 64 * 1024, maxParts: 1_000, maxObjectSize: 1024 * 1024 };

describe('uploads that nobody will finish', function () {
  this.timeout(30_000);
  let ahead = 0;
  const server = useS3Server({ limits: { ...limits, maxKeys: 2 }, now: () => new Date(Date.now() + ahead) });
  beforeEach(() => (ahead = 0));
  afterEach(() => connectors.reset());
  const open = () => s3.client('default', settingsFor(server.s3));
  const begin = async (...keys: string[]): Promise<void> => {
    const client = sdkClient(server.s3);
    for (const Key of keys) await client.send(new CreateMultipartUploadCommand({ Bucket: BUCKET, Key }));
    client.destroy();
  };
  const left = (): string[] => server.s3.uploads().map(({ key }) => key);

  it('are found by their age after their process was killed, and those of others are left alone', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'sweep-'));
    const file = path.join(folder, 'file');
    await writeFile(file, patterned(10 * PART));
    const fault = server.s3.on('UploadPart', 3, { stall: 'before' });
    const config = settingsFor(server.s3);
    const upload: FileUpload = {
      ...{ path: file, bucket: BUCKET, key: 'killed', config },
      options: { partSize: PART, limits, concurrency: 1 },
    };
    {
      await using program = startProgram(PROGRAM, [JSON.stringify(upload)]);
      const early = await Promise.race([fault.firstFired.then(() => undefined), program.ended]);
      assert.equal(early, undefined, early?.said);
      program.kill('SIGKILL');
      assert.equal((await program.ended).signal, 'SIGKILL');
    }
    await rm(folder, { recursive: true });
    assert.deepEqual([left(), server.s3.objects(BUCKET)], [['killed'], []]);

    // Ten minutes later, by the clock of the store alone.
    ahead = 600_000;
    await begin('new');
    leavesUploads(server.s3, 1);
    assert.deepEqual(await open().sweepUploads({ bucket: BUCKET, olderThan: '11m' }), []);
    const swept = await open().sweepUploads({ bucket: BUCKET, olderThan: '5m' });
    assert.deepEqual(
      swept.map(({ bucket, key }) => [bucket, key]),
      [[BUCKET, 'killed']],
    );
    assert.deepEqual(left(), ['new']);
  });

  it('are found on every page, under a prefix to the letter, by awkward keys', async () => {
    const keys = ['p/a b+c%', 'p/line\nfeed', 'p/1', 'p/1', 'p/2', 'p/3'];
    await begin(...keys, 'p', 'q');
    leavesUploads(server.s3, 2);
    const swept = await open().sweepUploads({ bucket: BUCKET, prefix: 'p/', olderThan: 0 });
    assert.deepEqual(swept.map(({ key }) => key).sort(), keys.sort());
    assert.ok(requests(server.s3, 'ListMultipartUploads').length >= 3);
    assert.deepEqual(left().sort(), ['p', 'q']);
  });

  it('that may not be removed are told by key, after all others were', async () => {
    await begin('a', 'b', 'c');
    leavesUploads(server.s3, 1);
    const fault = server.s3.on('AbortMultipartUpload', ({ key }) => key === 'b', { status: 403, code: 'AccessDenied' });
    const error = await connectorRejection(open().sweepUploads({ bucket: BUCKET, olderThan: 0 }));
    assert.deepEqual(
      [fault.fired, error.code, error.failures],
      [1, 'PARTIAL_FAILURE', [{ key: 'b', code: 'ACCESS_DENIED' }]],
    );
    assert.deepEqual(left(), ['b']);
  });
});
