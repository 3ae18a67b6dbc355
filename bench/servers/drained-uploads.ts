/** What a store that keeps no bytes still has to remember: sizes, ETags and checksums of objects and parts. */
import { createHash } from 'node:crypto';

export interface DrainedObject {
  readonly size: number;
  /** With its quotes. */
  readonly etag: string;
  readonly modified: Date;
  /** `x-amz-meta-*`, `content-type` and the like, as they came. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface DrainedPart {
  readonly size: number;
  readonly etag: string;
}

export interface DrainedUpload {
  readonly id: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The checksum that Create asked for, such as `CRC32`. */
  readonly algorithm: string | undefined;
  readonly type: string | undefined;
  readonly parts: Map<number, DrainedPart>;
}

export class DrainedStore {
  readonly objects = new Map<string, DrainedObject>();
  readonly uploads = new Map<string, DrainedUpload>();
  #lastId = 0;

  begin(path: string, upload: Pick<DrainedUpload, 'headers' | 'algorithm' | 'type'>): DrainedUpload {
    this.#lastId += 1;
    const made = { ...upload, path, id: `drained-${this.#lastId}`, parts: new Map<number, DrainedPart>() };
    this.uploads.set(made.id, made);
    return made;
  }

  complete({ id, path, headers, parts }: DrainedUpload): DrainedObject {
    const ordered = [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
    const hash = createHash('md5');
    for (const { etag } of ordered) hash.update(Buffer.from(etag.replaceAll('"', ''), 'hex'));
    const object = {
      size: ordered.reduce((sum, { size }) => sum + size, 0),
      etag: `"${hash.digest('hex')}-${ordered.length}"`,
      modified: new Date(),
      headers,
    };
    this.objects.set(path, object);
    this.uploads.delete(id);
    return object;
  }

  /** The MD5 that the client sent, or else one that is merely unlike the others: hashing would cost more than draining. */
  etag(contentMd5: string | undefined): string {
    this.#lastId += 1;
    const hex =
      contentMd5 === undefined
        ? this.#lastId.toString(16).padStart(32, '0')
        : Buffer.from(contentMd5, 'base64').toString('hex');
    return `"${hex}"`;
  }
}
