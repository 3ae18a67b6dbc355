/** Servers that are wrong about objects and uploads. */
import type { CompletedPart } from '@aws-sdk/client-s3';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { deafTo, forgiving, instead, saying } from './broken-server.ts';
import type { BrokenServer } from './broken-server.ts';

export const brokenInKeeping: readonly BrokenServer[] = [
  {
    what: 'forgets the type of an object',
    refusedBy: 'gives back the bytes, the type, the encoding and the metadata of an object',
    spoil: saying(['HeadObject'], () => ({ ContentType: undefined })),
  },
  {
    what: 'fills what is empty',
    refusedBy: 'keeps an empty object',
    spoil: instead(['PutObject'], (input, ask) => ask({ ...input, Body: Buffer.from(' '), ContentLength: 1 })),
  },
  {
    what: 'keeps the metadata of the object that was replaced',
    refusedBy: 'replaces an object as a whole',
    spoil: saying(['GetObject'], () => ({ Metadata: { old: 'yes' } })),
  },
  {
    what: 'leaves out the quotes of ETags in lists',
    refusedBy: 'has one ETag for the same bytes in every answer, and another for others',
    spoil: saying(['ListObjectsV2'], ({ Contents = [] }) => ({
      Contents: (Contents as { ETag: string }[]).map((object) => ({ ...object, ETag: object.ETag.slice(1, -1) })),
    })),
  },
  {
    what: 'misses the object where the bucket is missing',
    refusedBy: 'tells an object that is not there from a bucket that is not there',
    spoil: instead(['GetObject'], (input, ask) =>
      ask(input).catch((error: unknown) => {
        if (error instanceof Error) error.name = 'NoSuchKey';
        throw error;
      }),
    ),
  },
  {
    what: 'deletes nothing',
    refusedBy: 'deletes an object, and takes it for done where there is none',
    spoil: instead(['DeleteObject'], () => Promise.resolve({})),
  },
  {
    what: 'looks at no checksum',
    refusedBy: 'refuses bytes that are not those of their checksum',
    spoil: deafTo('PutObject', 'ChecksumCRC32'),
  },
  {
    what: 'keeps no checksum',
    refusedBy: 'tells the checksum that an object was put with',
    spoil: deafTo('GetObject', 'ChecksumMode'),
  },
  {
    what: 'lets anybody in',
    refusedBy: 'refuses whoever it does not know, and whoever cannot sign',
    spoil: (client, rightful) => {
      client.config.credentials = rightful.config.credentials;
      return client;
    },
  },
  {
    what: 'gives all of an object for a range',
    refusedBy: 'gives exactly the range that it is asked for, and says which of how many bytes it is',
    spoil: deafTo('GetObject', 'Range'),
  },
  {
    what: 'gives nothing behind the end, and calls it an answer',
    refusedBy: 'refuses a range that begins behind the end, and any range of an empty object',
    spoil: forgiving('GetObject', 'InvalidRange'),
  },
  {
    what: 'gives ranges of whichever version there is',
    refusedBy: 'gives a range only of the version that it is asked for',
    spoil: deafTo('GetObject', 'IfMatch'),
  },
  {
    what: 'sends again what its reader has',
    refusedBy: 'sends nothing that its reader has already',
    spoil: deafTo('GetObject', 'IfNoneMatch'),
  },
  ...[
    'puts an object only if there is none, when it is asked to',
    'lets one of several writers win who all want to be the first',
  ].map((refusedBy, n): BrokenServer => ({
    what: `replaces an object that was to be the first (${n})`,
    refusedBy,
    spoil: deafTo('PutObject', 'IfNoneMatch'),
  })),
  {
    what: 'replaces whichever object there is',
    refusedBy: 'puts an object only in the place of the one that its writer knows, when it is asked to',
    spoil: deafTo('PutObject', 'IfMatch'),
  },
  {
    what: 'completes an upload over an object that was to be the first',
    refusedBy: 'completes an upload only if there is no object, when it is asked to',
    spoil: deafTo('CompleteMultipartUpload', 'IfNoneMatch'),
  },
  {
    what: 'numbers the parts as they come',
    refusedBy: 'joins parts in the order of their numbers, whatever order they came in',
    spoil: numberingAsTheyCome(),
  },
  {
    what: 'shows an upload as soon as a part of it has come',
    refusedBy: 'shows nothing of an upload before it is complete, and the old object until then',
    spoil: instead(['UploadPart'], async (input, ask, rightful) => {
      const { Bucket, Key, Body } = input as { Bucket: string; Key: string; Body: string };
      await rightful.send(new PutObjectCommand({ Bucket, Key, Body: Buffer.from(Body) }));
      return ask(input);
    }),
  },
  {
    what: 'takes the first of the parts with one number',
    refusedBy: 'takes the last of the parts that were sent with one number',
    spoil: keepingTheFirst(),
  },
  {
    what: 'keeps uploads that are aborted',
    refusedBy: 'forgets an upload that is aborted, and says that there is none',
    spoil: instead(['AbortMultipartUpload'], () => Promise.resolve({})),
  },
  {
    what: 'lists all parts on one page',
    refusedBy: 'lists the parts of an upload, page by page',
    spoil: deafTo('ListParts', 'MaxParts'),
  },
  {
    what: 'lists uploads of any key',
    refusedBy: 'lists the uploads that are open, by the beginning of their keys',
    spoil: deafTo('ListMultipartUploads', 'Prefix'),
  },
  {
    what: 'completes an upload of what there is',
    refusedBy: 'refuses to complete an upload of parts that were never sent, and keeps it open',
    spoil: forgiving('CompleteMultipartUpload', 'InvalidPart'),
  },
  {
    what: 'sorts the parts that are named out of order',
    refusedBy: 'refuses to complete an upload whose parts are named out of order',
    spoil: instead(['CompleteMultipartUpload'], (input, ask) => {
      const { Parts } = input['MultipartUpload'] as { readonly Parts: CompletedPart[] };
      const sorted = Parts.toSorted((one, other) => (one.PartNumber ?? 0) - (other.PartNumber ?? 0));
      return ask({ ...input, MultipartUpload: { Parts: sorted } });
    }),
  },
  {
    what: 'takes parts of any size',
    refusedBy: 'refuses parts that are too small, but for the last',
    spoil: forgiving('CompleteMultipartUpload', 'EntityTooSmall'),
  },
  {
    what: 'copies all of an object for a range of it',
    refusedBy: 'copies a range of an object into a part',
    spoil: deafTo('UploadPartCopy', 'CopySourceRange'),
  },
];

function numberingAsTheyCome(): BrokenServer['spoil'] {
  let number = 0;
  return instead(['UploadPart'], (input, ask) => ask({ ...input, PartNumber: (number += 1) }));
}

function keepingTheFirst(): BrokenServer['spoil'] {
  let first: unknown;
  return instead(['UploadPart'], (input, ask) => ask({ ...input, Body: (first ??= input['Body']) }));
}
