import assert from 'node:assert/strict';
import { pipeline } from 'node:stream/promises';
import type { FaultHandle, S3Server } from '../../src/testing/s3-server/index.ts';
import { BYTES, onPart, openSource } from '../connectors/s3/reading.ts';
import {
  BUCKET,
  QUICK,
  TINY_LIMITS,
  connectorRejection,
  listenersOn,
  patterned,
  requests,
  useS3Server,
} from '../connectors/s3/support.ts';
import { openSink } from '../connectors/s3/writing.ts';

interface Case {
  readonly title: string;
  readonly fault: (s3: S3Server) => FaultHandle;
  readonly code: string;
}

const CASES: readonly Case[] = [
  {
    title: 'is replaced while it is read',
    fault: (s3) => onPart(s3, 3, 1, 0, { call: () => void s3.putObject(BUCKET, 'key', patterned(BYTES.length + 4)) }),
    code: 'OBJECT_CHANGED',
  },
  {
    title: 'gets another ETag while it is read',
    fault: (s3) => onPart(s3, 3, 1, 0, { dropHeader: 'etag' }),
    code: 'OBJECT_CHANGED',
  },
  {
    title: 'is deleted while it is read',
    fault: (s3) => onPart(s3, 3, 1, 0, { call: () => s3.deleteObject(BUCKET, 'key') }),
    code: 'NOT_FOUND',
  },
  {
    title: 'has a wrong bit in its last part',
    fault: (s3) => onPart(s3, 4, 1, 0, { corrupt: { byte: 1233 } }),
    code: 'CHECKSUM_MISMATCH',
  },
  {
    title: 'has another checksum than its bytes',
    fault: (s3) => s3.on('HeadObject', 'always', { wrongChecksum: true }),
    code: 'CHECKSUM_MISMATCH',
  },
  {
    title: 'comes whole for a part',
    fault: (s3) => onPart(s3, 4, 9, 0, { ignoreRange: true }),
    code: 'RANGE_MISMATCH',
  },
  { title: 'comes with another range', fault: (s3) => onPart(s3, 4, 9, 0, { shiftRange: -4 }), code: 'RANGE_MISMATCH' },
  { title: 'is longer than it said', fault: (s3) => onPart(s3, 4, 9, 0, { longerBody: 4 }), code: 'RANGE_MISMATCH' },
  {
    title: 'ends early each time',
    fault: (s3) => onPart(s3, 4, 9, 0, { end: { afterBytes: 0 } }),
    code: 'CONNECTION_LOST',
  },
  {
    title: 'ends early each time, without a length',
    fault: (s3) => onPart(s3, 4, 9, 0, { noLength: true, end: { afterBytes: 0 } }),
    code: 'BODY_TRUNCATED',
  },
];

describe('a copy from S3 to S3 whose source', () => {
  const server = useS3Server({ limits: { ...TINY_LIMITS, maxParts: 100 } });

  it('has a case for every way to break', () => assert.equal(CASES.length, 10));

  for (const { title, fault, code } of CASES) {
    it(`${title}: writes no object, leaves no upload, and says ${code}`, async () => {
      server.s3.putObject(BUCKET, 'copy', 'older');
      const { signal } = new AbortController();
      const source = openSource(server.s3, { concurrency: 5, signal, retry: { ...QUICK, attempts: 2 } });
      const broken = fault(server.s3);
      const sink = openSink(server.s3, { key: 'copy', signal });
      const startedAt = performance.now();
      const error = await connectorRejection(pipeline(source, sink));
      assert.ok(performance.now() - startedAt < 3_000);
      assert.ok(broken.fired >= 1);
      assert.equal(error.code, code);
      const [read, written] = await Promise.all([source.settled, sink.settled]);
      assert.deepEqual(
        [read.outcome, written.outcome, read.cleanup, written.cleanup],
        ['not-done', 'not-done', 'confirmed', 'confirmed'],
      );
      assert.equal(server.s3.getObject(BUCKET, 'copy')?.toString(), 'older');
      assert.deepEqual(server.s3.uploads(), []);
      assert.equal(requests(server.s3, 'CompleteMultipartUpload').length, 0);
      assert.equal(listenersOn(signal), 0);
    });
  }
});
