/**
 * Where a file is written before it is published: a dotted sibling of its path, so that the rename stays within one
 * directory. Who lists files for reading does not see these names.
 */
import { MAX_PATH } from './target.ts';

/** Of Data Lake Storage, a segment's own limit. */
const MAX_SEGMENT = 255;

const TEMPORARY = /(?:^|\/)\.[^/]*\.[\w-]+\.sluice-tmp$/;

/** `dir/.name.<id>.sluice-tmp` of `dir/name`, whose name is shortened where that would be too long for a path. */
export function temporaryName(path: string, id: string): string {
  const cut = path.lastIndexOf('/') + 1;
  const ending = `.${id}.sluice-tmp`;
  const room = Math.min(MAX_SEGMENT, MAX_PATH - cut) - 1 - ending.length;
  return `${path.slice(0, cut)}.${path.slice(cut, cut + Math.max(0, room)).toWellFormed()}${ending}`;
}

/** Whether the directory of a path leaves room for a temporary name. */
export function hasRoomBeside(path: string): boolean {
  return path.lastIndexOf('/') + 1 + LEAST_NAME <= MAX_PATH;
}

const LEAST_NAME = '..00000000-0000-0000-0000-000000000000.sluice-tmp'.length;

/** Whether a path is one that {@link temporaryName} gives. */
export function isTemporaryName(path: string): boolean {
  return TEMPORARY.test(path);
}

/** Whether it is one that a writer has made up, and not merely named like one: by the form of its id. */
export function isWriterName(path: string): boolean {
  return isTemporaryName(path) && WRITER.test(path);
}

const WRITER = /\.[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\.sluice-tmp$/;
