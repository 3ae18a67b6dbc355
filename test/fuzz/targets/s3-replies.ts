/** Whatever answers in the place of S3: broken XML, lying headers, other ranges than asked for. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import fc from 'fast-check';
import { s3ObjectSource, s3Sink, s3Source } from '../../../src/index.ts';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';
import { damaged } from '../mutation.ts';

interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A server that answers whatever it is told. */
const openServer = async () => {
  let answer: (request: { readonly method: string; readonly range: string | undefined }) => Reply;
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const { status, headers, body } = answer({ method: request.method ?? '', range: request.headers.range });
      try {
        response.writeHead(status, headers).end(request.method === 'HEAD' ? undefined : body);
      } catch {
        // Not every header that can be made up can be sent.
        response.destroy();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const config = {
    endpointUrl: `http://127.0.0.1:${port}`,
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'canary7secret' },
    timeouts: { connect: 500, read: 300, total: 500 },
  };
  const options = { config, retry: false as const, timeout: 2_000, cleanupTimeout: 200 };
  return {
    options,
    answer: (reply: typeof answer) => void (answer = reply),
    async warmUp() {
      answer = () => ({ status: 404, headers: {}, body: Buffer.alloc(0) });
      await outcomeOf(() => collect(s3Source('s3://bucket/key', options)));
    },
    async close() {
      closeS3Clients();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};

/** Resolves with the bytes, or with the code; everything else is a broken promise. */
const outcomeOf = async (work: () => Promise<Buffer>): Promise<Buffer | string> => {
  try {
    return await work();
  } catch (error) {
    must(error instanceof ConnectorError, `an error without a type: ${String(error)}`);
    must(!JSON.stringify(error).includes('canary7secret'), 'an error tells the key');
    return error.code;
  }
};

const collect = async (source: AsyncIterable<unknown>): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  for await (const chunk of source) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
};

const documents = [
  '<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>1</KeyCount><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key><Size>3</Size><ETag>"e"</ETag><LastModified>2026-01-01T00:00:00Z</LastModified></Contents></ListBucketResult>',
  '<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>t</NextContinuationToken><EncodingType>url</EncodingType><Contents><Key>p/%zz</Key><Size>-1</Size></Contents></ListBucketResult>',
  '<Error><Code>SlowDown</Code><Message>canary</Message><RequestId>r</RequestId></Error>',
  '<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>',
  '<CompleteMultipartUploadResult><ETag>"e"</ETag></CompleteMultipartUploadResult>',
  '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><Error><Code>&b;&b;&b;</Code></Error>',
  '',
  'not xml',
  '{"json": true}',
];
const nested = fc
  .tuple(fc.constantFrom('Error', 'Contents', 'a'), fc.nat(5_000))
  .map(([tag, depth]) => `<${tag}>`.repeat(depth));
const wide = fc
  .tuple(
    fc.constantFrom('<Contents><Key>p/a</Key><Size>1</Size></Contents>', '&lt;', '<a/>', '<!-- -->'),
    fc.nat(3_000),
  )
  .map(([piece, times]) => `<ListBucketResult>${piece.repeat(times)}</ListBucketResult>`);
const document = damaged(fc.oneof(fc.constantFrom(...documents), nested, wide).map((text) => Buffer.from(text))).map(
  ({ bytes }) => bytes,
);
const header = fc.constantFrom(
  ...[
    'etag',
    'content-range',
    'x-amz-checksum-crc32',
    'x-amz-checksum-type',
    'last-modified',
    'retry-after',
    'content-type',
    'date',
    'x-amz-error-code',
    'x-amz-version-id',
    'content-encoding',
    'location',
  ],
);
const value = fc.oneof(
  fc.constantFrom(
    '',
    '"e"',
    'bytes 0-2/3',
    'bytes */0',
    'bytes 0-99999999999999999999/1',
    '-1',
    '1e9',
    'NaN',
    'gzip',
    'http://other/',
    'AAAAAA==',
    'FULL_OBJECT',
    'bytes 5-1/3',
  ),
  fc.string({ maxLength: 10 }),
);
const reply = fc.record({
  status: fc.constantFrom(200, 200, 200, 206, 204, 301, 307, 400, 403, 404, 409, 412, 416, 429, 500, 503, 599),
  headers: fc
    .array(fc.tuple(header, value), { maxLength: 4 })
    .map((pairs): Record<string, string> => Object.fromEntries(pairs)),
  body: document,
});

/** Of small numbers the checks of ranges are full. */
const SIZE = 40;
const OBJECT = Buffer.from(Array.from({ length: SIZE }, (_, at) => at));
const TRUTH = { first: 0, last: 0, total: 0, start: 0, bytes: 0, status: 206, etag: '"e"' };
const shift = fc.constantFrom(-3, -2, -1, 1, 2, 3);
/** One thing that is not so, or another range than was asked for, with headers that say so. */
const lie = fc.oneof(
  fc.constant({}),
  fc.tuple(fc.constantFrom('first', 'last', 'total', 'start', 'bytes'), shift).map(([what, by]) => ({ [what]: by })),
  shift.map((by) => ({ first: by, start: by })),
  shift.map((by) => ({ last: by, bytes: by })),
  shift.map((by) => ({ first: by, start: by, last: by, bytes: by })),
  fc.constantFrom({ status: 200 }, { etag: '"f"' }, { etag: '' }),
);
const lies = lie.map((told) => ({ ...TRUTH, ...told }));

export const s3Replies: OpenTarget = async () => {
  const server = await openServer();
  const reads = fc.constantFrom('get', 'list', 'put', 'multipart');
  return target({
    input: fc.record({ reply, kind: reads }),
    async check({ reply: given, kind }) {
      server.answer(() => given);
      const { options } = server;
      await outcomeOf(async () => {
        if (kind === 'get') return collect(s3Source('s3://bucket/key', options));
        if (kind === 'list') return collect(s3Source('s3://bucket/p/', { ...options, join: 'raw', onEmpty: 'end' }));
        const limits = { minPartSize: 1, maxPartSize: 1_000, maxParts: 10, maxObjectSize: 10_000 };
        const sink = s3Sink('s3://bucket/key', {
          ...options,
          limits,
          partSize: kind === 'put' ? 1_000 : 10,
          commitTimeout: 300,
        });
        await pipeline([Buffer.alloc(25)], sink);
        return Buffer.alloc(0);
      });
    },
    warmUp: () => server.warmUp(),
    close: () => server.close(),
  });
};

export const s3Ranges: OpenTarget = async () => {
  const server = await openServer();
  return target({
    input: fc.record({
      lies: fc.array(lies, { minLength: 1, maxLength: 4 }),
      partSize: fc.constantFrom(10, 16, 40, 64),
    }),
    async check({ lies: told, partSize }) {
      const liars = new Set<object>();
      server.answer(({ range }) => {
        const [, from = '0', to = String(SIZE - 1)] = /^bytes=(\d+)-(\d+)$/.exec(range ?? '') ?? [];
        const first = Number(from);
        const last = Math.min(Number(to), SIZE - 1);
        const lie = told[Math.floor(first / partSize)] ?? TRUTH;
        if (JSON.stringify(lie) !== JSON.stringify(TRUTH)) liars.add(lie);
        const start = Math.max(0, first + lie.start);
        const body = OBJECT.subarray(start, Math.max(start, last + 1 + lie.bytes));
        const says = `bytes ${first + lie.first}-${last + lie.last}/${SIZE + lie.total}`;
        return {
          status: lie.status,
          headers: { etag: lie.etag, 'content-range': says, 'content-length': String(body.length) },
          body,
        };
      });
      const source = s3ObjectSource({ bucket: 'bucket', key: 'key', partSize, concurrency: 2, ...server.options });
      const became = await outcomeOf(() => collect(source));
      if (liars.size === 0)
        must(Buffer.isBuffer(became) && became.equals(OBJECT), `an honest server: ${String(became)}`);
      if (!Buffer.isBuffer(became)) return;
      const versions = Array.from({ length: Math.ceil(SIZE / partSize) }, (_, n) => told[n]?.etag ?? TRUTH.etag);
      must(!(versions.includes('"e"') && versions.includes('"f"')), 'parts of two versions were joined');
      // A server that shifts bytes and says nothing of it, or of all the object's size, cannot be seen through.
      const opaque = told.some(({ start, first }) => start !== first) || told[0]?.total !== 0;
      must(opaque || became.equals(OBJECT), `other bytes were taken for the object: ${became.toString('hex')}`);
    },
    warmUp: () => server.warmUp(),
    close: () => server.close(),
  });
};
