/** ListObjects (both versions) and the other questions that are asked of a bucket. */
import { answer, asks } from './s3-listener.ts';
import type { S3Call } from './s3-listener.ts';
import { xml } from './s3-xml.ts';

export interface ListedObject {
  readonly size: number;
  readonly etag: string;
  readonly modified: Date;
}

const PAGE_KEYS = 1000;

/** Answers with a page of `objects`, which are by key; keys are in the order of their bytes. */
export function listObjects(call: S3Call, objects: ReadonlyMap<string, ListedObject>): void {
  const { bucket, query, response } = call;
  if (asks(call, 'location')) {
    answer(response, 200, {}, xml('LocationConstraint', ''));
    return;
  }
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? query.get('marker') ?? '';
  const rolledUp = new Set([...objects.keys()].filter((key) => key.startsWith(prefix)).map((key) => rollUp(key)));
  const entries = [...rolledUp].filter((entry) => entry > after).sort((a, b) => (a < b ? -1 : 1));
  const page = entries.slice(0, Math.min(PAGE_KEYS, Number(query.get('max-keys') ?? PAGE_KEYS)));
  const last = page.at(-1);
  const isTruncated = page.length < entries.length;
  const Contents = page.flatMap((key) => {
    const object = objects.get(key);
    if (object === undefined) return [];
    const { size, etag, modified } = object;
    return [{ Key: key, LastModified: modified.toISOString(), ETag: etag, Size: size, StorageClass: 'STANDARD' }];
  });
  const CommonPrefixes = page.filter((entry) => !objects.has(entry)).map((Prefix) => ({ Prefix }));
  const head = { Name: bucket, Prefix: prefix, KeyCount: page.length, MaxKeys: PAGE_KEYS, IsTruncated: isTruncated };
  const next = isTruncated && last !== undefined ? { NextContinuationToken: last, NextMarker: last } : {};
  answer(response, 200, {}, xml('ListBucketResult', { ...head, ...next, Contents, CommonPrefixes }));

  function rollUp(key: string): string {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end === -1 ? key : key.slice(0, end + delimiter.length);
  }
}
