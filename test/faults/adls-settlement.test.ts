import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import type { AdlsFaultHandle, AdlsServer } from '../../src/testing/adls-server/index.ts';
import { BYTES, CONTAINER, PATH, openSink, requests, stored, useAdlsServer } from '../connectors/adls2/writing.ts';
import { QUICK, assertSameBytes, listenersOn, patterned } from '../connectors/s3/support.ts';
import { chunked } from '../connectors/s3/writing.ts';
import { leavesTemporaryPaths, temporaryPaths } from '../support/watches/temporary-paths.ts';

const DENIED = { status: 403, code: 'AuthorizationPermissionMismatch' } as const;
const BROKEN = { status: 500, code: 'InternalError' } as const;
const OLDER = Buffer.from('older');

interface Case {
  readonly title: string;
  /** What goes wrong; every handle must have fired. */
  readonly faults: (adls: AdlsServer) => readonly AdlsFaultHandle[];
  readonly outcome: 'done' | 'not-done' | 'unknown';
  readonly code?: string;
  /** Renames sent. */
  readonly commits: number;
  readonly overwrite?: false;
  /** The bytes at the path when it is not done; default what was there before. */
  readonly theirs?: Buffer | undefined;
  /** Temporary paths that are left to become the file yet. */
  readonly remaining?: number;
}

const rename = (adls: AdlsServer, nth: number | 'always', when: 'before' | 'after') =>
  adls.on('RenamePath', nth, { reset: when });

/** The questions that follow a rename: before it, both paths were asked for once, the target unless it is to be new. */
const asked = (adls: AdlsServer, action: Parameters<AdlsServer['on']>[2]) =>
  adls.on('GetBlobProperties', ({ nth }) => nth >= 3, action);
const replaced = (bytes: Buffer) => (adls: AdlsServer) =>
  adls.on('GetBlobProperties', 3, { call: () => void adls.putFile(CONTAINER, PATH, bytes) });

/** As a rename would leave the two. */
function renamed(adls: AdlsServer, source: string): void {
  const { metadata } = adls.paths(CONTAINER).find(({ path }) => path === source) ?? {};
  adls.putFile(CONTAINER, PATH, adls.getFile(CONTAINER, source) ?? '', { metadata });
  adls.deletePath(CONTAINER, source);
}

const CASES: readonly Case[] = [
  {
    title: 'the temporary path is gone and the file is this one',
    faults: (adls) => [rename(adls, 1, 'after')],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'it was to be a new file, and it is this one',
    faults: (adls) => [rename(adls, 1, 'after')],
    ...{ outcome: 'done', commits: 1, overwrite: false },
  },
  {
    title: 'ADLS fails twice to say what became of it',
    faults: (adls) => [
      rename(adls, 1, 'after'),
      adls.on('GetBlobProperties', 3, BROKEN),
      adls.on('GetBlobProperties', 4, BROKEN),
    ],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'it happens between the questions what became of it',
    faults: (adls) => {
      // The rename itself is lost; what it does is done when the source is asked for.
      const late = { call: ({ path = '' }: { readonly path?: string | undefined }) => renamed(adls, path) };
      return [rename(adls, 1, 'before'), adls.on('GetBlobProperties', 4, late)];
    },
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'the temporary path is still there',
    faults: (adls) => [rename(adls, 1, 'before')],
    ...{ outcome: 'done', commits: 2 },
  },
  {
    title: 'the file is of the same bytes, and of another writer',
    faults: (adls) => [rename(adls, 1, 'after'), replaced(BYTES)(adls)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the file is one of other bytes',
    faults: (adls) => [rename(adls, 1, 'after'), replaced(patterned(100))(adls)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'there is neither the temporary path nor the file',
    faults: (adls) => [rename(adls, 1, 'after'), asked(adls, { status: 404, code: 'BlobNotFound' })],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the file may not be looked at',
    faults: (adls) => [rename(adls, 1, 'after'), asked(adls, DENIED)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'ADLS no longer says anything',
    faults: (adls) => [rename(adls, 1, 'after'), asked(adls, BROKEN)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the temporary path is there whenever it is lost',
    faults: (adls) => [rename(adls, 'always', 'before')],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 3, remaining: 1 },
  },
  {
    title: 'first lost and then refused, and the temporary path is still there',
    faults: (adls) => [rename(adls, 1, 'before'), adls.on('RenamePath', 2, DENIED)],
    ...{ outcome: 'not-done', code: 'ACCESS_DENIED', commits: 2 },
  },
  {
    title: 'answered with a failure each time, and the temporary path is still there',
    faults: (adls) => [adls.on('RenamePath', 'always', BROKEN)],
    ...{ outcome: 'not-done', code: 'SERVER_ERROR', commits: 3 },
  },
  {
    title: 'a gateway waits for its answer in vain each time, and the temporary path is still there',
    faults: (adls) => [adls.on('RenamePath', 'always', { status: 504, code: 'GatewayTimeout' })],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 3, remaining: 1 },
  },
  {
    title: 'refused at once: nothing is asked',
    faults: (adls) => [adls.on('RenamePath', 'always', DENIED)],
    ...{ outcome: 'not-done', code: 'ACCESS_DENIED', commits: 1 },
  },
  {
    title: 'lost, and another writer was faster, with the same bytes',
    faults: (adls) => {
      adls.deletePath(CONTAINER, PATH);
      const faster = { call: () => void adls.putFile(CONTAINER, PATH, BYTES) };
      return [rename(adls, 1, 'before'), adls.on('RenamePath', 1, faster)];
    },
    ...{ outcome: 'not-done', code: 'ALREADY_EXISTS', commits: 2, overwrite: false, theirs: BYTES },
  },
  {
    title: 'its answer does not come, and it is not sent again',
    faults: (adls) => [adls.on('RenamePath', 1, { stall: 'after' })],
    ...{ outcome: 'done', commits: 1 },
  },
];

describe('what a rename without an answer is found to be', () => {
  const server = useAdlsServer();

  it('has a case for every answer', () => assert.equal(CASES.length, 17));

  for (const { title, faults, outcome, code, commits, overwrite, theirs = OLDER, remaining = 0 } of CASES) {
    it(`${outcome}: ${title}`, async () => {
      if (overwrite !== false) server.adls.putFile(CONTAINER, PATH, OLDER);
      const handles = faults(server.adls);
      leavesTemporaryPaths(server.adls, remaining);
      const { signal } = new AbortController();
      const sink = openSink(server.adls, { retry: { ...QUICK, attempts: 3 }, overwrite, signal, commitTimeout: 2_500 });
      const error = await pipeline(chunked(), sink).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      const settled = await sink.settled;
      for (const handle of handles) assert.ok(handle.fired >= 1, 'a fault did not take effect');
      assert.deepEqual(
        { outcome: settled.outcome, code: settled.error?.code, told: (error as { code?: string } | undefined)?.code },
        { outcome, code, told: code },
      );
      assert.equal(requests(server.adls, 'RenamePath').length, commits);
      if (outcome === 'done') assertSameBytes(stored(server.adls), BYTES);
      if (outcome === 'not-done') assertSameBytes(stored(server.adls), theirs);
      // A temporary path that may still become the file is left to become it, and named.
      assert.equal(requests(server.adls, 'DeletePath').length, outcome === 'not-done' ? 1 : 0);
      assert.equal(settled.cleanup, outcome === 'unknown' ? 'unconfirmed' : 'confirmed');
      const named = settled.leftover?.['temporaryPath'];
      assert.equal(named !== undefined, outcome === 'unknown');
      if (remaining > 0) assert.deepEqual(temporaryPaths(server.adls), [named]);
      assert.equal(listenersOn(signal), 0);
    });
  }

  it('no clean-up that is confirmed: the temporary path is gone, and nobody else removes it', async () => {
    server.adls.putFile(CONTAINER, PATH, OLDER);
    server.adls.on('RenamePath', 'always', BROKEN);
    const late = { call: ({ path = '' }: { readonly path?: string | undefined }) => renamed(server.adls, path) };
    const fault = server.adls.on('DeletePath', 1, late);
    const sink = openSink(server.adls, { retry: false });
    await assert.rejects(pipeline(chunked(), sink));
    const { cleanup, leftover } = await sink.settled;
    assert.deepEqual([fault.fired, cleanup], [1, 'unconfirmed']);
    assert.equal(leftover?.['temporaryPath'], requests(server.adls, 'CreatePathFile')[0]?.path);
    assertSameBytes(stored(server.adls), BYTES);
  });
});
