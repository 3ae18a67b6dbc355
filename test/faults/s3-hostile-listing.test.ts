import assert from 'node:assert/strict';
import { closeS3Clients } from '../../src/connectors/s3/client-cache.ts';
import { document, startEndpoint } from '../connectors/s3/endpoint.ts';
import { list } from '../connectors/s3/untrusted.ts';

describe('an endpoint that', () => {
  afterEach(closeS3Clients);

  describe('lists without end', () => {
    const page = (content: string): string => document('ListBucketResult', content);
    const more = (token: string): string =>
      `<IsTruncated>true</IsTruncated><NextContinuationToken>${token}</NextContinuationToken>`;
    const object = '<Contents><Key>d/1</Key><Size>1</Size><ETag>"e"</ETag></Contents>';
    const cases = [
      { title: 'the same empty page', content: () => more('same'), most: 4, code: 'SERVER_ERROR' },
      { title: 'the same page', content: () => object + more('same'), most: 4, code: 'SERVER_ERROR' },
      {
        title: 'two pages in turn',
        content: (n: number) => object + more(`${n % 2}`),
        most: 3,
        code: 'CONFIG_INVALID',
      },
      { title: 'ever new empty pages', content: (n: number) => more(`${n}`), most: 102, code: 'SERVER_ERROR' },
    ] as const;
    for (const { title, content, most, code } of cases) {
      it(`${title}: ${code} after so many requests`, async () => {
        let pages = 0;
        await using endpoint = await startEndpoint(({ url = '' }, response) => {
          if (url.includes('list-type')) response.end(page(content((pages += 1))));
          else response.writeHead(200, { etag: '"e"', 'content-length': 1 }).end('x');
        });
        assert.equal((await list(endpoint)).code, code);
        assert.ok(pages >= 2 && pages <= most, `${pages} pages`);
      });
    }

    for (const [title, content] of [
      ['no key', '<Contents><Size>1</Size></Contents>'],
      ['no size', '<Contents><Key>d/1</Key></Contents>'],
      ['a negative size', '<Contents><Key>d/1</Key><Size>-1</Size></Contents>'],
      ['a word for a size', '<Contents><Key>d/1</Key><Size>many</Size></Contents>'],
      ['half a byte', '<Contents><Key>d/1</Key><Size>0.5</Size></Contents>'],
      ['more bytes than can be counted', '<Contents><Key>d/1</Key><Size>1e300</Size></Contents>'],
      [
        'a key that is not encoded',
        '<EncodingType>url</EncodingType><Contents><Key>d/%zz</Key><Size>1</Size></Contents>',
      ],
      ['a key that is no UTF-8', '<EncodingType>url</EncodingType><Contents><Key>d/%ff</Key><Size>1</Size></Contents>'],
    ] as const) {
      it(`objects with ${title}: never reads on without them`, async () => {
        await using endpoint = await startEndpoint((_request, response) => {
          response.end(page(`${content}<IsTruncated>false</IsTruncated>`));
        });
        assert.equal((await list(endpoint)).code, 'SERVER_ERROR');
        assert.ok(endpoint.requests.every((request) => request.includes('list-type')));
      });
    }

    it('objects that were not asked for: reads none of them', async () => {
      const foreign = '<Contents><Key>other/1</Key><Size>1</Size></Contents><IsTruncated>false</IsTruncated>';
      await using endpoint = await startEndpoint((_request, response) => response.end(page(foreign)));
      assert.equal((await list(endpoint)).code, 'NO_MATCH');
      assert.equal(endpoint.requests.length, 1);
    });
  });
});
