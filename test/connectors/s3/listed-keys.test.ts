import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { closeS3Clients } from '../../../src/connectors/s3/client-cache.ts';
import { s3ObjectSink } from '../../../src/connectors/s3/object-sink.ts';
import { s3Source } from '../../../src/connectors/s3/source.ts';
import { document, startEndpoint } from './endpoint.ts';
import type { Answer } from './endpoint.ts';
import { QUICK, TINY_LIMITS, rejection } from './support.ts';

const KEY = 'd/bell\u0007 and vertical\u000btab';

/** As Go's encoding/xml writes it, which replaces what XML 1.0 cannot hold ("Characters", production 2). */
const shown = (url: string): string =>
  url.includes('encoding-type=url')
    ? encodeURIComponent(KEY).replaceAll('%20', '+')
    : KEY.replaceAll(/\p{Cc}/gu, '\ufffd');
const encoding = (url: string): string => (url.includes('encoding-type=url') ? '<EncodingType>url</EncodingType>' : '');

describe('a key that a store cannot write in XML', () => {
  afterEach(closeS3Clients);

  it('is read from a listing', async () => {
    const answer: Answer = ({ url = '' }, response) => {
      const contents = `<Contents><Key>${shown(url)}</Key><Size>3</Size><ETag>"e"</ETag></Contents>`;
      if (url.includes('list-type=2')) {
        response.end(document('ListBucketResult', `${encoding(url)}${contents}<IsTruncated>false</IsTruncated>`));
      } else if (decodeURIComponent(url.split('?')[0] ?? '') === `/bucket/${KEY}`) {
        response.writeHead(200, { etag: '"e"', 'content-length': 3 }).end('one');
      } else response.writeHead(404).end();
    };
    await using endpoint = await startEndpoint(answer);
    const source = s3Source('s3://bucket/d/', { config: endpoint.settings, retry: QUICK, join: 'raw' });
    assert.equal(await text(source), 'one');
    assert.equal(endpoint.requests.length, 2);
  });

  it('names the upload whose beginning was not answered', async () => {
    const answer: Answer = ({ method, url = '' }, response, socket) => {
      const upload = `<Upload><Key>${shown(url)}</Key><UploadId>of this key</UploadId></Upload>`;
      if (method === 'POST') socket.destroy();
      else response.end(document('ListMultipartUploadsResult', `${encoding(url)}${upload}`));
    };
    await using endpoint = await startEndpoint(answer);
    const target = { bucket: 'bucket', key: KEY, config: endpoint.settings };
    const sink = s3ObjectSink({ ...target, limits: TINY_LIMITS, partSize: 10, retry: false });
    await rejection(pipeline(Readable.from([Buffer.alloc(30)]), sink));
    assert.deepEqual((await sink.settled).leftover, { bucket: 'bucket', key: KEY, uploadId: 'of this key' });
    assert.ok(endpoint.requests.some((request) => request.startsWith('POST')));
  });
});
