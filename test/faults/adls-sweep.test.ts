import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import path from 'node:path';
import type { AdlsFaultAction } from '../../src/testing/adls-server/index.ts';
import { pathsIn, useCalling } from '../connectors/adls2/calling.ts';
import { CONTAINER, PART, requests, settingsFor } from '../connectors/adls2/writing.ts';
import { QUICK, connectorRejection } from '../connectors/s3/support.ts';
import { startProgram } from '../support/process.ts';
import { leavesTemporaryPaths, temporaryPaths } from '../support/watches/temporary-paths.ts';

const PROGRAM = path.join(import.meta.dirname, 'processes/write-file.ts');
const WRITTEN = { metadata: { sluice_write_id: 'of a writer' } };

describe('temporary files that nobody will publish', function () {
  this.timeout(30_000);
  let ahead = 0;
  const server = useCalling({ limits: { maxResults: 2 }, now: () => new Date(Date.now() + ahead) });
  beforeEach(() => (ahead = 0));
  const left = (): string[] => pathsIn(server.adls, CONTAINER);
  const temporary = (target: string): string => `${target}.${randomUUID()}.sluice-tmp`;
  /** As a writer leaves them. */
  const leave = (...paths: string[]): void => {
    for (const name of paths) server.adls.putFile(CONTAINER, name, 'bytes', WRITTEN);
  };
  const sweep = (options = {}) => server.open().sweepTemporary(CONTAINER, { olderThan: 0, retry: QUICK, ...options });

  it('are found by their age after their process was killed, and younger ones are left alone', async () => {
    const fault = server.adls.on('AppendFile', 3, { stall: 'before' });
    const config = settingsFor(server.adls, server.adls.port);
    const target = { container: CONTAINER, path: 'dir/killed', partSize: PART, concurrency: 1, config };
    {
      await using program = startProgram(PROGRAM, [JSON.stringify(target)]);
      await fault.firstFired;
      program.kill('SIGKILL');
      assert.equal((await program.ended).signal, 'SIGKILL');
    }
    const [killed = ''] = temporaryPaths(server.adls);
    assert.match(killed, /^dir\/\.killed\./);

    // Ten minutes later, by the clock of the account alone.
    ahead = 600_000;
    const young = temporary('dir/.young');
    leave(young);
    leavesTemporaryPaths(server.adls, 1);
    assert.deepEqual(await sweep({ olderThan: '11m' }), []);
    const swept = await sweep({ olderThan: '5m' });
    assert.deepEqual(
      swept.map((one) => [one.container, one.path]),
      [[CONTAINER, killed]],
    );
    assert.deepEqual(left(), ['dir/', young]);
  });

  it('are found on every page below a prefix, and nothing else is', async () => {
    const mine = ['a/.1', 'a/.2', 'a/.3', 'a/b/.4', 'a/b/.ü %'].map(temporary);
    const elsewhere = temporary('b/.5');
    leave(...mine, elsewhere);
    const others = ['a/file', 'a/.x.sluice-tmp', 'a/.x.y.sluice-tmp', temporary('a/no-dot'), 'a/.partial'];
    leave(...others);
    const unsigned = temporary('a/.named-alike');
    server.adls.putFile(CONTAINER, unsigned, 'bytes');
    server.adls.makeDirectory(CONTAINER, temporary('a/.directory'));
    const kept = left().filter((name) => !mine.includes(name));
    leavesTemporaryPaths(server.adls, temporaryPaths(server.adls).length - mine.length);
    const swept = await sweep({ prefix: 'a/' });
    assert.deepEqual(swept.map((one) => one.path).sort(), [...mine].sort());
    assert.deepEqual(left(), kept);
    assert.ok(requests(server.adls, 'ListPaths').length >= 3);
  });

  for (const [what, happens, remaining] of [
    ['published', (name: string) => server.adls.deletePath(CONTAINER, name), 0],
    ['written to', (name: string) => leave(name), 1],
  ] as const) {
    for (const request of ['GetBlobProperties', 'DeletePath'] as const) {
      it(`are left alone when they are ${what} meanwhile, before ${request}`, async () => {
        const name = temporary('.file');
        leave(name);
        const fault = server.adls.on(request, 1, { call: () => happens(name) });
        assert.deepEqual([await sweep(), fault.fired], [[], 1]);
        leavesTemporaryPaths(server.adls, remaining);
      });
    }
  }

  for (const [what, action] of [
    ['is not answered', { reset: 'after' }],
    ['is throttled', { status: 503, code: 'ServerBusy' }],
  ] as const satisfies readonly (readonly [string, AdlsFaultAction])[]) {
    it(`are told as removed when the deletion of one ${what}`, async () => {
      const names = ['.1', '.2'].map(temporary);
      leave(...names);
      const fault = server.adls.on('DeletePath', 1, action);
      const swept = await sweep();
      assert.deepEqual([fault.fired, swept.map((one) => one.path).sort(), left()], [1, [...names].sort(), []]);
    });
  }

  it('that may not be removed are told by path, after all others were', async () => {
    const [first, second, third] = ['.1', '.2', '.3'].map(temporary) as [string, string, string];
    leave(first, second, third);
    leavesTemporaryPaths(server.adls, 1);
    const fault = server.adls.on('DeletePath', (request) => request.path === second, {
      ...{ status: 403, code: 'AuthorizationPermissionMismatch' },
    });
    const { code, failures } = await connectorRejection(sweep());
    assert.deepEqual([fault.fired, code], [1, 'PARTIAL_FAILURE']);
    assert.deepEqual([failures, left()], [[{ key: second, code: 'ACCESS_DENIED' }], [second]]);
  });

  it('end with the signal, and are asked for no more', async () => {
    leave(temporary('.1'));
    leavesTemporaryPaths(server.adls, 1);
    const fault = server.adls.on('ListPaths', 1, { stall: 'before' });
    const user = new AbortController();
    const refused = connectorRejection(sweep({ signal: user.signal }));
    await fault.firstFired;
    user.abort(new Error('the user left'));
    assert.deepEqual([(await refused).code, requests(server.adls, 'DeletePath').length], ['ABORTED', 0]);
  });
});
