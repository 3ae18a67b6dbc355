import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { pipeline } from 'node:stream/promises';
import type { FaultHandle, S3Server } from '../../src/testing/s3-server/index.ts';
import {
  BUCKET,
  QUICK,
  assertSameBytes,
  listenersOn,
  patterned,
  requests,
  useS3Server,
} from '../connectors/s3/support.ts';
import { BYTES, LIMITS, chunked, openSink, stored } from '../connectors/s3/writing.ts';
import { leavesUploads } from '../support/watches/uploads.ts';

const SMALL = patterned(100);
const DENIED = { status: 403, code: 'AccessDenied' } as const;
const BROKEN = { status: 500, code: 'InternalError' } as const;

interface Case {
  readonly title: string;
  /** What goes wrong; every handle must have fired. */
  readonly faults: (s3: S3Server) => readonly FaultHandle[];
  readonly outcome: 'done' | 'not-done' | 'unknown';
  readonly code?: string;
  /** Commits sent. */
  readonly commits: number;
  readonly ifNoneMatch?: '*';
  /** The bytes of the object that alone may be replaced. */
  readonly replaces?: string;
  /** The bytes that are there when it is not done. */
  readonly theirs?: Buffer;
  /** Uploads that are left to become the object yet. */
  readonly remaining?: number;
}

const complete = (s3: S3Server, nth: number | 'always', when: 'before' | 'after') =>
  s3.on('CompleteMultipartUpload', nth, { reset: when });
const put = (s3: S3Server, nth: number | 'always', when: 'before' | 'after') =>
  s3.on('PutObject', nth, { reset: when });
const replaced = (bytes: Buffer) => (s3: S3Server) =>
  s3.on('HeadObject', 1, { call: () => void s3.putObject(BUCKET, 'key', bytes) });

const UPLOADS: readonly Case[] = [
  {
    title: 'the upload is gone and the object is this one',
    faults: (s3) => [complete(s3, 1, 'after')],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'parts may not be listed, and the object is this one',
    faults: (s3) => [complete(s3, 1, 'after'), s3.on('ListParts', 'always', DENIED)],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'the store fails twice to say what became of the upload',
    faults: (s3) => [complete(s3, 1, 'after'), s3.on('ListParts', 1, BROKEN), s3.on('HeadObject', 1, BROKEN)],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'the object is of the same bytes, and of another writer',
    faults: (s3) => [complete(s3, 1, 'after'), replaced(BYTES)(s3)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the object is one of other bytes',
    faults: (s3) => [complete(s3, 1, 'after'), replaced(patterned(BYTES.length + 4).subarray(4))(s3)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the object is a shorter one',
    faults: (s3) => [complete(s3, 1, 'after'), replaced(SMALL)(s3)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'there is neither the upload nor the object',
    faults: (s3) => [complete(s3, 1, 'after'), s3.on('HeadObject', 'always', { status: 404, code: 'NoSuchKey' })],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the object may not be looked at',
    faults: (s3) => [complete(s3, 1, 'after'), s3.on('HeadObject', 'always', DENIED)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the store no longer says anything of the upload',
    faults: (s3) => [complete(s3, 1, 'after'), s3.on('ListParts', 'always', BROKEN)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'the upload is still there',
    faults: (s3) => [complete(s3, 1, 'before')],
    ...{ outcome: 'done', commits: 2 },
  },
  {
    title: 'the upload is there whenever it is lost',
    faults: (s3) => [complete(s3, 'always', 'before')],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 3, remaining: 1 },
  },
  {
    title: 'first lost and then refused, and the upload is still there',
    faults: (s3) => [complete(s3, 1, 'before'), s3.on('CompleteMultipartUpload', 2, DENIED)],
    ...{ outcome: 'not-done', code: 'ACCESS_DENIED', commits: 2 },
  },
  {
    title: 'answered with a failure each time, and the upload is still there',
    faults: (s3) => [s3.on('CompleteMultipartUpload', 'always', BROKEN)],
    ...{ outcome: 'not-done', code: 'SERVER_ERROR', commits: 3 },
  },
  {
    title: 'refused at once: nothing is asked',
    faults: (s3) => [s3.on('CompleteMultipartUpload', 'always', DENIED)],
    ...{ outcome: 'not-done', code: 'ACCESS_DENIED', commits: 1 },
  },
  {
    title: 'asked to try again because of another writer',
    faults: (s3) => [s3.on('CompleteMultipartUpload', 1, { status: 409, code: 'ConditionalRequestConflict' })],
    ...{ outcome: 'done', commits: 2, ifNoneMatch: '*' },
  },
];

const PUTS: readonly Case[] = [
  {
    title: 'the object is this one',
    faults: (s3) => [put(s3, 1, 'after')],
    ...{ outcome: 'done', commits: 1 },
  },
  {
    title: 'there is no object',
    faults: (s3) => [put(s3, 1, 'before')],
    ...{ outcome: 'done', commits: 2 },
  },
  {
    title: 'the object is an older one of other bytes',
    faults: (s3) => {
      s3.putObject(BUCKET, 'key', 'older');
      return [put(s3, 1, 'before')];
    },
    ...{ outcome: 'done', commits: 2 },
  },
  {
    title: 'the object is an older one of the same bytes',
    faults: (s3) => {
      s3.putObject(BUCKET, 'key', SMALL);
      return [put(s3, 1, 'before')];
    },
    ...{ outcome: 'done', commits: 2 },
  },
  {
    title: 'another writer was faster, with the same bytes',
    faults: (s3) => [
      put(s3, 1, 'before'),
      s3.on('PutObject', 1, { call: () => void s3.putObject(BUCKET, 'key', SMALL) }),
    ],
    ...{ outcome: 'not-done', code: 'ALREADY_EXISTS', commits: 2, ifNoneMatch: '*', theirs: SMALL },
  },
  {
    title: 'done, then lost, and no longer what was to be replaced',
    faults: (s3) => {
      s3.putObject(BUCKET, 'key', 'older');
      return [put(s3, 1, 'after'), s3.on('HeadObject', 1, { status: 404, code: 'NoSuchKey' })];
    },
    ...{ outcome: 'done', commits: 2, replaces: 'older' },
  },
  {
    title: 'the object may not be looked at',
    faults: (s3) => [put(s3, 1, 'after'), s3.on('HeadObject', 'always', DENIED)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 1 },
  },
  {
    title: 'lost each time, and there is no object',
    faults: (s3) => [put(s3, 'always', 'before')],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 3 },
  },
  {
    title: 'first lost and then refused, and there is no object yet',
    faults: (s3) => [put(s3, 1, 'before'), s3.on('PutObject', 2, DENIED)],
    ...{ outcome: 'unknown', code: 'COMMIT_UNKNOWN', commits: 2 },
  },
  {
    title: 'answered with a failure each time, and there is no object',
    faults: (s3) => [s3.on('PutObject', 'always', BROKEN)],
    ...{ outcome: 'not-done', code: 'SERVER_ERROR', commits: 3 },
  },
  {
    title: 'done, then lost, and in the way of its own repetition',
    faults: (s3) => [put(s3, 1, 'after'), s3.on('HeadObject', 1, { status: 404, code: 'NoSuchKey' })],
    ...{ outcome: 'done', commits: 2, ifNoneMatch: '*' },
  },
];

describe('what a commit without an answer is found to be', () => {
  const server = useS3Server({ limits: LIMITS });

  it('has a case for every answer', () => assert.deepEqual([UPLOADS.length, PUTS.length], [15, 11]));

  for (const { of, cases, bytes, operation } of [
    { of: 'of an upload', cases: UPLOADS, bytes: BYTES, operation: 'CompleteMultipartUpload' },
    { of: 'of a small object', cases: PUTS, bytes: SMALL, operation: 'PutObject' },
  ] as const) {
    describe(of, () => {
      for (const { title, faults, outcome, code, commits, ifNoneMatch, replaces, theirs, remaining = 0 } of cases) {
        it(`${outcome}: ${title}`, async () => {
          const handles = faults(server.s3);
          leavesUploads(server.s3, remaining);
          const { signal } = new AbortController();
          const retry = { ...QUICK, attempts: 3 };
          const ifMatch = replaces === undefined ? undefined : plainEtag(replaces);
          const sink = openSink(server.s3, { retry, ifNoneMatch, ifMatch, signal });
          const startedAt = performance.now();
          const error = await pipeline(chunked(bytes), sink).then(
            () => undefined,
            (thrown: unknown) => thrown,
          );
          const settled = await sink.settled;
          assert.ok(performance.now() - startedAt < 3_000);
          for (const handle of handles) assert.ok(handle.fired >= 1, 'a fault did not take effect');
          assert.deepEqual(
            {
              outcome: settled.outcome,
              code: settled.error?.code,
              told: (error as { code?: string } | undefined)?.code,
            },
            { outcome, code, told: code },
          );
          assert.equal(requests(server.s3, operation).length, commits);
          if (outcome === 'done') assertSameBytes(stored(server.s3), bytes);
          if (outcome === 'not-done') assert.deepEqual(server.s3.getObject(BUCKET, 'key'), theirs);
          // An upload that may still become the object is left to become it, and named.
          const isUpload = operation === 'CompleteMultipartUpload';
          const removals = requests(server.s3, 'AbortMultipartUpload').length;
          assert.equal(removals, isUpload && outcome === 'not-done' ? 1 : 0);
          const mayRemain = isUpload && outcome === 'unknown';
          assert.equal(settled.cleanup, mayRemain ? 'unconfirmed' : 'confirmed');
          assert.equal(settled.leftover?.['uploadId'] !== undefined, mayRemain);
          assert.equal(server.s3.uploads().length, remaining);
          assert.equal(listenersOn(signal), 0);
        });
      }
    });
  }
});

/** The ETag of an object put whole ("Common response headers": its MD5). */
function plainEtag(bytes: string): string {
  return `"${createHash('md5').update(bytes).digest('hex')}"`;
}
