/** The checksum of an upload: how it is asked for and sent, and what S3's answers say of it. */
import { createChecksum } from '../../core/checksum.ts';
import { joinedChecksum } from '../../core/joined-checksum.ts';
import type { PartChecksum } from '../../core/joined-checksum.ts';
import type { S3Config } from './config.ts';

/** What S3 can be told to check an upload by. */
export const UPLOAD_ALGORITHMS = ['crc32', 'crc32c', 'crc64nvme', 'sha1', 'sha256'] as const;
export type UploadAlgorithm = (typeof UPLOAD_ALGORITHMS)[number];

type Name = Uppercase<UploadAlgorithm>;

/** The fields of the SDK's requests and answers. */
export type ChecksumFields = Readonly<Partial<Record<`Checksum${Name}`, string | undefined>>>;

/** `ChecksumType` is that of a whole in parts. */
export type ChecksumAnswer = ChecksumFields & { readonly ChecksumType?: string | undefined };

/** One algorithm, and whether S3 makes one checksum of the parts' (`full-object`) or one over them. */
export class UploadChecksum {
  readonly algorithm: UploadAlgorithm;
  readonly type: 'full-object' | 'composite';

  constructor(algorithm: UploadAlgorithm, wantsComposite: boolean) {
    this.algorithm = algorithm;
    this.type = typeOf(algorithm, wantsComposite);
  }

  /** As S3 names the algorithm. */
  get name(): Name {
    return this.algorithm.toUpperCase() as Name;
  }

  /** Base64. */
  of(bytes: Uint8Array): string {
    const checksum = createChecksum(this.algorithm);
    checksum.update(bytes);
    return checksum.digest();
  }

  fields(value: string | undefined): ChecksumFields {
    return { [`Checksum${this.name}`]: value };
  }

  /** The value in an answer, if it has one. */
  in(answer: ChecksumFields): string | undefined {
    return answer[`Checksum${this.name}`];
  }

  /** Of all bytes, where that follows from the parts' own; else over those, with their number: `…-3`. */
  whole(parts: readonly PartChecksum[]): string {
    return joinedChecksum(this.algorithm, parts) ?? this.#composite(parts);
  }

  /** Whether an answer that tells the checksum of the parts' whole tells another one. */
  differs(answer: ChecksumAnswer, parts: readonly PartChecksum[]): boolean {
    const told = this.in(answer);
    if (told === undefined) return false;
    const isComposite = told.includes('-') || answer.ChecksumType === 'COMPOSITE';
    if (!isComposite && told === this.whole(parts)) return false;
    // Some stores tell neither the type nor the number of parts.
    return answer.ChecksumType === 'FULL_OBJECT' || withoutCount(told) !== withoutCount(this.#composite(parts));
  }

  #composite(parts: readonly PartChecksum[]): string {
    const values = Buffer.concat(parts.map(({ value }) => Buffer.from(value, 'base64')));
    return `${this.of(values)}-${parts.length}`;
  }
}

/** The call decides whether there is one, and which; the profile, of which type it is. */
export function uploadChecksum(
  wanted: UploadAlgorithm | false | undefined,
  { transfer: { checksum } }: S3Config,
): UploadChecksum | undefined {
  if (wanted === false || (wanted === undefined && checksum === 'none')) return undefined;
  return new UploadChecksum(wanted ?? 'crc32', checksum === 'crc32-composite');
}

/** S3 has no other ("Checking object integrity", table of algorithms and types). */
function typeOf(algorithm: UploadAlgorithm, wantsComposite: boolean): UploadChecksum['type'] {
  if (algorithm === 'crc64nvme') return 'full-object';
  return wantsComposite || algorithm.startsWith('sha') ? 'composite' : 'full-object';
}

const withoutCount = (value: string): string => value.replace(/-\d+$/, '');
