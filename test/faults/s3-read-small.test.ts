import assert from 'node:assert/strict';
import { s3Source } from '../../src/connectors/s3/source.ts';
import {
  BUCKET,
  KIB,
  QUICK,
  assertSameBytes,
  connectorRejection,
  patterned,
  readAll,
  requests,
  settingsFor,
  useS3Server,
} from '../connectors/s3/support.ts';

const BYTES = patterned(64 * KIB);

describe('a small object of a listing, which is asked for plainly,', () => {
  const server = useS3Server();
  const open = () => {
    server.s3.putObject(BUCKET, 'd/1', BYTES);
    const retry = { ...QUICK, attempts: 3 };
    return s3Source(`s3://${BUCKET}/d/`, { config: settingsFor(server.s3), retry, idleTimeout: 150 });
  };

  const cases = [
    { action: { reset: { afterBytes: 1_000 } }, missing: 1_000 },
    { action: { end: { afterBytes: 1_000 } }, missing: 1_000 },
    { action: { stall: { afterBytes: 1_000 } }, missing: 1_000 },
    { action: { noLength: true, end: { afterBytes: 1_000 } }, missing: 1_000 },
    { action: { noLength: true, end: { afterBytes: BYTES.length - 1 } }, missing: BYTES.length - 1 },
  ] as const;
  for (const { action, missing } of cases) {
    it(`is resumed at byte ${missing} after ${JSON.stringify(action)}`, async () => {
      const broken = server.s3.on('GetObject', 1, action);
      const source = open();
      assertSameBytes(await readAll(source), BYTES);
      assert.equal(broken.fired, 1);
      assert.deepEqual(
        requests(server.s3, 'GetObject').map(({ range }) => range),
        [undefined, `bytes=${missing}-${BYTES.length - 1}`],
      );
      assert.equal((await source.settled).outcome, 'done');
    });
  }

  it('is asked for plainly again when no byte of it came', async () => {
    const broken = server.s3.on('GetObject', 1, { noLength: true, end: { afterBytes: 0 } });
    assertSameBytes(await readAll(open()), BYTES);
    assert.equal(broken.fired, 1);
    assert.deepEqual(
      requests(server.s3, 'GetObject').map(({ range }) => range),
      [undefined, undefined],
    );
  });

  it('never ends when it is always short', async () => {
    const broken = server.s3.on('GetObject', 'always', { noLength: true, end: { afterBytes: 0 } });
    assert.equal((await connectorRejection(readAll(open()))).code, 'BODY_TRUNCATED');
    assert.equal(broken.fired, 3);
  });

  it('never ends with another checksum than its bytes have', async () => {
    const broken = server.s3.on('GetObject', 'always', { wrongChecksum: true });
    assert.equal((await connectorRejection(readAll(open()))).code, 'CHECKSUM_MISMATCH');
    assert.equal(broken.fired, 1);
  });

  it('is listed again when the listing breaks off', async () => {
    const broken = server.s3.on('ListObjectsV2', 1, { reset: { afterBytes: 100 } });
    assertSameBytes(await readAll(open()), BYTES);
    assert.equal(broken.fired, 1);
  });

  it('is listed again when the listing ends early without a length', async () => {
    const broken = server.s3.on('ListObjectsV2', 1, { noLength: true, end: { afterBytes: 100 } });
    assertSameBytes(await readAll(open()), BYTES);
    assert.equal(broken.fired, 1);
  });
});
