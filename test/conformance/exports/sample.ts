/** Exports of every sort, for the test of what tells them apart. */
import { PassThrough, Readable } from 'node:stream';
import type { Transform, Writable } from 'node:stream';
import { s3Sink } from '../../../src/index.ts';

export { gunzip as renamed } from '../../../src/index.ts';

export function declared(): Readable {
  return Readable.from([]);
}

export const assigned = (): Writable => s3Sink('s3://bucket/key');

export function promised(): Promise<Transform> {
  return Promise.resolve(new PassThrough());
}

export class Made extends PassThrough {}

export function web(): ReadableStream {
  return new ReadableStream();
}

export function webPair(): TransformStream {
  return new TransformStream();
}

export function webSink(): { readonly writable: WritableStream; readonly settled: Promise<void> } {
  return { writable: new WritableStream(), settled: Promise.resolve() };
}

export function noStream(stream: Readable): number {
  return stream.readableLength;
}

export const limits = { read: 1, write: 2 };

export type OnlyAType = () => Readable;
