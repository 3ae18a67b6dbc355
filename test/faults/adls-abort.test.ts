import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { useAborting } from '../connectors/adls2/aborting.ts';
import { BYTES, CONTAINER, PATH, requests, stored } from '../connectors/adls2/writing.ts';
import { assertSameBytes, connectorRejection, rejection, summary } from '../connectors/s3/support.ts';
import { temporaryPaths } from '../support/watches/temporary-paths.ts';

const reason = new Error('the user had enough');

describe('aborts of the ADLS sink', () => {
  const on = useAborting();
  beforeEach(() => void on.adls.putFile(CONTAINER, PATH, 'older'));

  it('opens no socket when the signal has fired before', async () => {
    on.controller.abort(reason);
    const opened = on.sink();
    const error = await connectorRejection(pipeline(Readable.from([BYTES]), opened));
    assert.equal(error.cause, reason);
    assert.deepEqual(summary(await opened.settled), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ code: 'ABORTED', stage: 'configure', retryable: false },
    });
    assert.equal(on.proxy.connections, 0);
    assert.deepEqual(on.adls.operations, []);
  });

  for (const { operation, stage } of [
    { operation: 'GetPathAccessControl', stage: 'open' },
    { operation: 'AppendFile', stage: 'transfer' },
    { operation: 'FlushFile', stage: 'transfer' },
    { operation: 'GetBlobProperties', stage: 'transfer' },
  ] as const) {
    it(`cuts ${operation}, and leaves the old file and nothing else`, async () => {
      const fault = on.adls.on(operation, 'always', { stall: 'before' });
      const opened = on.sink();
      const done = connectorRejection(pipeline(Readable.from([BYTES]), opened));
      await fault.firstFired;
      on.controller.abort(reason);
      const error = await done;
      assert.deepEqual([error.code, error.stage, error.cause], ['ABORTED', stage, reason]);
      const { outcome, cleanup } = await opened.settled;
      assert.deepEqual([outcome, cleanup], ['not-done', 'confirmed']);
      assert.deepEqual(temporaryPaths(on.adls), []);
      assert.equal(stored(on.adls).toString(), 'older');
    });
  }

  it('waits for the answer to a Create, and removes what it made', async () => {
    const fault = on.adls.on('CreatePathFile', 1, { delayMs: 150, when: 'after' });
    const opened = on.sink();
    const done = connectorRejection(pipeline(Readable.from([BYTES]), opened));
    await on.adls.waitFor('CreatePathFile', 1);
    on.controller.abort(reason);
    assert.equal((await done).cause, reason);
    assert.equal(fault.fired, 1);
    assert.deepEqual(summary(await opened.settled), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ code: 'ABORTED', stage: 'open', retryable: false },
    });
    assert.deepEqual(temporaryPaths(on.adls), []);
  });

  it('during the rename: the truth is waited for, and it is that the file is there', async () => {
    const fault = on.adls.on('RenamePath', 1, { delayMs: 150 });
    const opened = on.sink();
    const done = rejection(pipeline(Readable.from([BYTES]), opened, { signal: on.controller.signal }));
    await on.adls.waitFor('RenamePath', 1);
    on.controller.abort(reason);
    await done;
    assert.equal(fault.fired, 1);
    const { outcome, cleanup, result } = await opened.settled;
    assert.deepEqual([outcome, cleanup, result?.bytes], ['done', 'confirmed', BYTES.length]);
    assertSameBytes(stored(on.adls), BYTES);
  });

  it('during a rename that fails: the old file is there, and nothing else', async () => {
    const fault = on.adls.on('RenamePath', 'always', { status: 403, code: 'AuthorizationPermissionMismatch' });
    on.adls.on('RenamePath', 'always', { delayMs: 150 });
    const opened = on.sink();
    const done = rejection(pipeline(Readable.from([BYTES]), opened, { signal: on.controller.signal }));
    await on.adls.waitFor('RenamePath', 1);
    on.controller.abort(reason);
    await done;
    assert.equal(fault.fired, 1);
    assert.deepEqual(summary(await opened.settled), {
      ...{ outcome: 'not-done', cleanup: 'confirmed' },
      ...{ code: 'ACCESS_DENIED', stage: 'commit', retryable: false },
    });
    assert.deepEqual(temporaryPaths(on.adls), []);
    assert.equal(stored(on.adls).toString(), 'older');
  });

  it('gives everything back at a deadline, and says so', async () => {
    const fault = on.adls.on('AppendFile', 'always', { stall: 'before' });
    const opened = on.sink({ timeout: 2_000 });
    const error = await connectorRejection(pipeline(Readable.from([BYTES]), opened));
    assert.ok(fault.fired >= 1);
    assert.equal(error.code, 'DEADLINE_EXCEEDED');
    assert.equal((await opened.settled).cleanup, 'confirmed');
    assert.deepEqual(temporaryPaths(on.adls), []);
  });

  it('names the temporary path when the network is dead', async () => {
    const opened = on.sink({ cleanupTimeout: 300 });
    opened.on('error', () => undefined).write(BYTES);
    await on.adls.waitFor('AppendFile', 4, 'ended');
    on.proxy.stallAll();
    const temporaryPath = requests(on.adls, 'CreatePathFile')[0]?.path;
    on.controller.abort(reason);
    const { outcome, cleanup, leftover } = await opened.settled;
    assert.deepEqual([outcome, cleanup], ['not-done', 'unconfirmed']);
    assert.deepEqual(leftover, { container: CONTAINER, path: PATH, temporaryPath });
    on.proxy.heal();
    on.adls.deletePath(CONTAINER, temporaryPath ?? '');
  });
});
