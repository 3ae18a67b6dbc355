/** What Node says of a local file that failed, as codes of ours. Sockets and processes have other system calls. */
import { connectorError } from '../errors.ts';
import type { ConnectorError, ErrorCode } from '../errors.ts';
import { read, textOf } from './foreign.ts';
import { safeCause } from './safe-cause.ts';

export interface FileFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

/** By `code` (errno(3), Node's documentation, "Common system errors"); every other is `FILE_FAILED`. */
export const FILE_CODES: ReadonlyMap<string, ErrorCode> = new Map<string, ErrorCode>([
  ['ENOENT', 'NOT_FOUND'],
  ['EACCES', 'ACCESS_DENIED'],
  ['EPERM', 'ACCESS_DENIED'],
  ['EROFS', 'ACCESS_DENIED'],
  ['EEXIST', 'ALREADY_EXISTS'],
  ['ENOTEMPTY', 'ALREADY_EXISTS'],
  ['EISDIR', 'CONFIG_INVALID'],
  ['ENOTDIR', 'CONFIG_INVALID'],
  ['ENAMETOOLONG', 'CONFIG_INVALID'],
  ['ELOOP', 'CONFIG_INVALID'],
  ['EXDEV', 'CONFIG_INVALID'],
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EFBIG', 'TOO_LARGE'],
  ['EMFILE', 'FILE_UNAVAILABLE'],
  ['ENFILE', 'FILE_UNAVAILABLE'],
  ['EAGAIN', 'FILE_UNAVAILABLE'],
  ['EBUSY', 'FILE_UNAVAILABLE'],
  ['EINTR', 'FILE_UNAVAILABLE'],
  ['ENOMEM', 'FILE_UNAVAILABLE'],
  ['ETXTBSY', 'FILE_UNAVAILABLE'],
]);

/** The system calls of node:fs, by the names in its errors (libuv, "File system operations"). */
const FILE_CALL =
  /^(?:access|f?l?chmod|f?l?chown|close|copyfile|cp|f?datasync|fsync|ftruncate|f?l?stat|statfs|f?l?utime|link|mkdir|mkdtemp|open|opendir|readlink|realpath|rename|rm|rmdir|scandir|symlink|unlink|watch)$/;

/** Sockets have these as well: only what no socket says of them is of a file. */
const SHARED_CALL = /^(?:read|write)$/;
const OF_FILES_ALONE: ReadonlySet<string> = new Set(['EISDIR', 'ENOSPC', 'EDQUOT', 'EFBIG', 'EROFS', 'EIO']);

/** What the error says of a local file, or undefined where it says nothing of one. */
export function fileFailure(error: unknown): FileFailure | undefined {
  const word = /^E[A-Z0-9]{1,20}$/.exec(textOf(error, 'code') ?? '')?.[0];
  if (word === undefined || typeof read(error, 'errno') !== 'number') return undefined;
  const call = textOf(error, 'syscall') ?? '';
  if (!FILE_CALL.test(call) && !(SHARED_CALL.test(call) && OF_FILES_ALONE.has(word))) return undefined;
  const code = FILE_CODES.get(word) ?? 'FILE_FAILED';
  return { code, message: `a local file failed: ${call} (${word})` };
}

/** The error to report for it, or undefined where it says nothing of a local file. */
export function classifyFileError(error: unknown): ConnectorError | undefined {
  const failure = fileFailure(error);
  return failure && connectorError(failure.code, failure.message, { cause: safeCause(error) });
}
