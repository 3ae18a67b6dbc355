/** What a file is to be besides its bytes, as Path - Create and Path - Update take it. */
import { connectorError } from '../../errors.ts';

/** Options of a sink that describe the file. */
export interface FileDescription {
  readonly contentType?: string | undefined;
  readonly contentEncoding?: string | undefined;
  /** Names are letters, digits and `_`, and begin with no digit; 8 KiB in all, of which `sluice_write_id` takes 51 bytes. */
  readonly metadata?: Readonly<Record<string, string>> | undefined;
}

/**
 * The name of an entry of every written file's metadata: an id of the write, by which a rename without an answer is found
 * to have happened. Not among the metadata that is told of a file.
 */
export const WRITE_ID = 'sluice_write_id';

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
 * Refuses names that are no identifiers of C#, two that differ in case alone, and the one that is ours ("Setting and
 * retrieving properties and metadata for Blob resources").
 *
 * @throws ConfigError `CONFIG_INVALID`, which repeats no value.
 */
export function checkMetadata(metadata: FileDescription['metadata'] = {}): void {
  const names = Object.keys(metadata).map((name) => name.toLowerCase());
  const problem = names.some((name) => !/^[a-z_]\w*$/.test(name))
    ? 'a name of metadata is letters, digits and _, and begins with no digit'
    : new Set([...names, WRITE_ID]).size <= names.length
      ? `two names of metadata differ in case alone, or one is ${WRITE_ID}`
      : undefined;
  if (problem === undefined) return;
  throw connectorError('CONFIG_INVALID', problem, { connector: 'adls2', stage: 'configure' });
}

/** The metadata as its writer gave it. */
export function withoutWriteId(metadata: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== WRITE_ID));
}
