/** What a file is to be besides its bytes, as Path - Create and Path - Update take it. */
import { refused } from './refusal.ts';

/** Options of a sink that describe the file. */
export interface FileDescription {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Names are letters, digits and `_`, values printable ASCII; 8 KiB in all, of which `sluice_write_id` takes 51 bytes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * The name of an entry of every written file's metadata: an id of the write, by which a rename without an answer is found
 * to have happened. Not among the metadata that is told of a file.
 */
export const WRITE_ID = 'sluice_write_id';

/** The entry by which the blob endpoint tells a directory. */
const FOLDER = 'hdi_isfolder';

/** The same in the SDK's words. */
export interface FileHeaders {
  readonly pathHttpHeaders: { readonly contentType?: string; readonly contentEncoding?: string };
  readonly metadata: Readonly<Record<string, string>>;
}

export function fileHeaders(description: FileDescription, writeId: string): FileHeaders {
  const { contentType, contentEncoding, metadata } = description;
  return {
    pathHttpHeaders: {
      ...(contentType === undefined ? {} : { contentType }),
      ...(contentEncoding === undefined ? {} : { contentEncoding }),
    },
    metadata: { ...metadata, [WRITE_ID]: writeId },
  };
}

/**
 * Refuses names that are no identifiers of C#, two that differ in case alone, the one that is ours, and values that no
 * header brings back as they were ("Setting and retrieving properties and metadata for Blob resources").
 *
 * @throws ConfigError `CONFIG_INVALID`, which repeats no value.
 */
export function checkMetadata(metadata: FileDescription['metadata'] = {}): void {
  const problem = metadataProblem(metadata);
  if (problem !== undefined) throw refused(problem);
}

function metadataProblem(metadata: Readonly<Record<string, string>>): string | undefined {
  const names = Object.keys(metadata).map((name) => name.toLowerCase());
  if (names.some((name) => !/^[a-z_]\w*$/.test(name))) {
    return 'a name of metadata is letters, digits and _, and begins with no digit';
  }
  if (new Set([...names, WRITE_ID]).size <= names.length) {
    return `two names of metadata differ in case alone, or one is ${WRITE_ID}`;
  }
  if (names.includes(FOLDER)) return `${FOLDER} is what makes a directory, which nobody reads as a file`;
  const isReadable = Object.values(metadata).every((value) => /^[ -~]*$/.test(value));
  return isReadable ? undefined : 'a value of metadata is printable ASCII';
}
