import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import { closeAdlsClients } from '../../src/connectors/adls2/client-cache.ts';
import { startAdlsServer } from '../../src/testing/adls-server/index.ts';
import { openPut } from '../connectors/adls2/reading.ts';
import { BYTES, CONTAINER, openSink, stored } from '../connectors/adls2/writing.ts';
import { QUICK, assertSameBytes, connectorRejection, readAll } from '../connectors/s3/support.ts';
import { chunked } from '../support/bytes.ts';

const MINUTE = 60_000;

describe('the clock of this machine is not that of ADLS', () => {
  afterEach(() => closeAdlsClients());

  for (const [minutes, side] of [
    [90, 'behind'],
    [-90, 'ahead of'],
  ] as const) {
    it(`is an AuthError that says so, after one try: 90 minutes ${side} it`, async () => {
      const now = () => new Date(Date.now() + minutes * MINUTE);
      await using adls = await startAdlsServer({ containers: [CONTAINER], now });
      const written = openSink(adls);
      for (const failing of [readAll(openPut(adls)), pipeline(chunked(BYTES, 5_000), written)]) {
        const error = await connectorRejection(failing);
        assert.deepEqual([error.name, error.code, error.retryable], ['AuthError', 'AUTH_FAILED', false]);
        assert.match(error.message, new RegExp(`the clock of this machine is 90 minutes ${side} that of the account`));
      }
      assert.deepEqual(
        adls.operations.map(({ status }) => status),
        adls.operations.map(() => 403),
      );
      assert.deepEqual([(await written.settled).outcome, (await written.settled).cleanup], ['not-done', 'confirmed']);
    });
  }

  it('does not matter by less than a quarter of an hour', async () => {
    await using adls = await startAdlsServer({
      containers: [CONTAINER],
      now: () => new Date(Date.now() + 14 * MINUTE),
    });
    await pipeline(chunked(BYTES, 5_000), openSink(adls));
    assertSameBytes(stored(adls), BYTES);
  });

  it('is not blamed for a key that is wrong', async () => {
    await using adls = await startAdlsServer({
      containers: [CONTAINER],
      now: () => new Date(Date.now() + 14 * MINUTE),
    });
    adls.revokeAccountKey(adls.accountKey);
    const error = await connectorRejection(readAll(openPut(adls, { retry: QUICK })));
    assert.equal(error.code, 'AUTH_FAILED');
    assert.doesNotMatch(error.message, /clock/);
  });
});
