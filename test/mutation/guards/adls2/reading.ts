/** Files of ADLS that are read: which bytes are taken for theirs, and which files for those that were asked for. */
import { guardsIn } from '../../guard.ts';

const READ = ['test/faults/adls-read.test.ts'];
const SOURCE = ['test/connectors/adls2/source.test.ts'];
const LISTING = ['test/faults/adls-hostile-listing.test.ts'];

const reader = guardsIn('src/connectors/adls2/file-reader.ts', READ, [
  {
    name: 'adls-range-of-the-answer',
    promise: 'the range that an answer holds is what it says, and not what was asked for',
    faults: ['R6'],
    find: 'return { ...stated, version: info.etag,',
    replace: 'return { ...stated, offset: request.offset, length: request.length, version: info.etag,',
    grep: 'never joins what does not belong',
  },
  {
    name: 'adls-refused-body-left',
    promise: 'a body that nobody will read is given up with its connection',
    faults: ['A8'],
    tests: ['test/faults/adls-many.test.ts'],
    find: '    discard(body);\n',
    replace: '',
    grep: 'keep no connection',
  },
  {
    name: 'adls-read-if-match',
    promise: 'every request after the first is pinned to the first ETag',
    faults: ['R1', 'R5'],
    find: "const ifMatch = version === '' ? undefined : version;",
    replace: "const ifMatch = version === '' ? version : undefined;",
    grep: 'refuses another version by If-Match',
  },
  {
    name: 'adls-read-md5-of-whole',
    promise: 'the MD5 that the account holds of the whole is compared, whichever part an answer holds',
    faults: ['R7'],
    find: 'contentRange === undefined ? answer.contentMD5 : answer.fileContentMD5',
    replace: 'answer.contentMD5',
    grep: 'one bit is wrong, in several',
  },
  {
    name: 'adls-read-md5-of-one-request',
    promise: 'the MD5 of a file that comes with one request is compared',
    faults: ['R7'],
    find: 'checksum: checksumOf(md5, stated.totalBytes) };',
    replace: 'checksum: stated.totalBytes < 0 ? checksumOf(md5, 0) : undefined };',
    grep: 'one bit is wrong, in one request',
  },
  {
    name: 'adls-read-md5-asked-for',
    promise: 'a reader may leave the MD5 aside',
    faults: [],
    find: 'return verify ? reply : { ...reply, checksum: undefined };',
    replace: 'return reply;',
    tests: ['test/connectors/adls2/source.test.ts'],
    grep: 'leaves the MD5 of a small file aside',
  },
  {
    name: 'adls-empty-file-read',
    promise: 'an empty file is 0 bytes and a success',
    faults: ['R11'],
    find: "if (failure.code !== 'RANGE_NOT_SATISFIABLE' || offset > 0) throw failure;",
    replace: 'throw failure;',
    grep: 'reads an empty file as 0 bytes',
  },
  {
    name: 'adls-empty-file-proved',
    promise: 'a 416 is an empty file only where the file says that it is empty',
    faults: ['R11'],
    find: 'if (answer.contentLength !== 0) throw failure;',
    replace: '',
    grep: 'does not take a file that has bytes for an empty one',
  },
  {
    name: 'adls-directory-is-no-empty-file',
    promise: 'a directory is refused, and not read as a file of 0 bytes',
    faults: ['R11'],
    find: 'if (isDirectory(answer)) throw isNoFile();',
    replace: '',
    grep: 'names a directory',
  },
  {
    name: 'adls-directory-is-no-file',
    promise: 'a directory that is asked for without a range is refused, too',
    faults: ['R11'],
    find: '  if (isDirectory(answer)) {\n',
    replace: '  if (body.closed) {\n',
    grep: 'read as a whole',
  },
  {
    name: 'adls-answer-without-length',
    promise: 'an answer that the SDK gives up for want of a length is asked for again',
    faults: ['R2'],
    file: 'src/connectors/adls2/requests.ts',
    find: 'if (error instanceof RangeError)',
    replace: 'if (error === null)',
    grep: 'is made again after \\{"noLength":true\\}',
  },
  {
    name: 'adls-read-names-file',
    promise: 'an error of a read says which file it is about',
    faults: [],
    find: 'aboutPath(classifyAdlsError(error, ',
    replace: '((known: ConnectorError, ..._about: string[]) => known)(classifyAdlsError(error, ',
    grep: 'ends with CONNECTION_LOST',
  },
]);

const told = guardsIn('src/connectors/adls2/path-info.ts', SOURCE, [
  {
    name: 'adls-write-id-kept',
    promise: 'the id of a write is not among the metadata that is told of a file',
    faults: [],
    find: 'name !== WRITE_ID',
    replace: "name !== ''",
    grep: 'without the id of the write',
  },
]);

const targets = guardsIn('src/connectors/adls2/target.ts', SOURCE, [
  {
    name: 'adls-path-stays-in-container',
    promise: 'a path that would leave its container is refused before any request',
    faults: ['D6'],
    find: "segments.includes('.') || segments.includes('..')",
    replace: 'segments.length === 0',
    grep: 'refuses malformed URLs',
  },
  {
    name: 'adls-path-segments-named',
    promise: 'a path with an empty segment is refused before any request',
    faults: ['D6'],
    find: "if (segments.includes(''))",
    replace: 'if (segments.length === 0)',
    grep: 'refuses malformed URLs',
  },
  {
    name: 'adls-container-named',
    promise: 'what is no name of a container is refused before any request',
    faults: ['D6'],
    find: 'if (CONTAINER.test(container)) return;',
    replace: 'if (CONTAINER !== undefined) return;',
    grep: 'refuses malformed URLs',
  },
]);

const urls = guardsIn('src/connectors/adls2/uri.ts', SOURCE, [
  {
    name: 'adls-account-of-url',
    promise: 'a URL of another account is refused before any request',
    faults: ['D6', 'D9'],
    find: 'if (own === named) return;',
    replace: 'if (own !== null) return;',
    grep: 'asks nobody for',
  },
  {
    name: 'adls-cloud-of-url',
    promise: 'an account of the same name in another cloud is another account',
    faults: ['D6', 'D9'],
    find: 'const named = isCloud ? accountHost(host)',
    replace: 'const named = isCloud ? accountHost(hostname)',
    grep: 'chinacloudapi',
  },
]);

const listing = guardsIn('src/connectors/adls2/listing.ts', SOURCE, [
  {
    name: 'adls-list-in-key-order',
    promise: 'files come in the order of their paths’ bytes, not in that of the tree',
    faults: ['D6'],
    find: 'isBefore(`${name}/`, entry.path)',
    replace: 'isBefore(name, entry.path)',
    grep: 'in the order of the paths’ UTF-8 bytes',
  },
  {
    name: 'adls-list-ordered',
    promise: 'a listing that gives a path twice or out of order is refused',
    faults: ['D6', 'D9'],
    find: '    order.next(info.path);\n',
    replace: '',
    tests: LISTING,
    grep: 'out of order',
  },
  {
    name: 'adls-list-directories-once',
    promise: 'a listing that gives a directory twice is refused, and ends',
    faults: ['D9'],
    find: 'if (waiting.includes(entry.path)) throw order.broken();',
    replace: '',
    tests: LISTING,
    grep: 'the same directory on two pages',
  },
  {
    name: 'adls-list-unpublished',
    promise: 'what a writer has not published is never read',
    faults: ['D6'],
    find: ' && !isTemporaryName(info.path)',
    replace: '',
    grep: 'has not published',
  },
  {
    name: 'adls-list-only-what-may-match',
    promise: 'directories in which nothing can match are not listed',
    faults: [],
    find: 'else if (mayHold(entry.path)) waiting',
    replace: 'else waiting',
    grep: 'lists only the directories',
  },
]);

const pages = guardsIn('src/connectors/adls2/listing-pages.ts', LISTING, [
  {
    name: 'adls-list-goes-on',
    promise: 'a listing is read to its last page, over empty ones',
    faults: ['D6'],
    find: 'continuation = page.next;',
    replace: 'continuation = page.paths.length === 0 ? undefined : page.next;',
    tests: SOURCE,
    grep: 'over several pages',
  },
  {
    name: 'adls-list-gone-half-way',
    promise: 'a directory that goes while it is listed does not end the reading as if it had been read',
    faults: [],
    find: 'isTold || continuation !== undefined',
    replace: 'isTold',
    grep: 'loses the directory between two pages',
  },
  {
    name: 'adls-list-gone-since',
    promise:
      'a directory that a listing told of, and that is gone when it is listed itself, is not taken for an empty one',
    faults: [],
    find: 'isTold || continuation !== undefined',
    replace: 'continuation !== undefined',
    grep: 'loses a directory that it told of',
  },
  {
    name: 'adls-list-page-is-another',
    promise: 'a page that names itself as the next is refused',
    faults: ['D9'],
    find: 'if (page.next !== undefined && page.next === continuation)',
    replace: 'if (page.next === null)',
    grep: 'without end the same page',
  },
  {
    name: 'adls-list-empty-pages-end',
    promise: 'a listing of ever new empty pages ends',
    faults: ['D9'],
    find: 'if (empty > MOST_EMPTY_PAGES)',
    replace: 'if (empty > 50 * MOST_EMPTY_PAGES)',
    grep: 'ever new empty pages',
  },
  {
    name: 'adls-list-is-a-listing',
    promise: 'a document that is no listing is never an empty one',
    faults: ['D9'],
    find: "answer === undefined || read(answer._response.parsedBody, 'paths') === undefined",
    replace: 'answer === undefined',
    grep: 'a document without paths',
  },
  {
    name: 'adls-list-size-countable',
    promise: 'a file of no possible size is refused',
    faults: ['D9'],
    find: 'if (!Number.isSafeInteger(size) || size < 0)',
    replace: 'if (size < -1)',
    grep: 'half a byte',
  },
  {
    name: 'adls-list-asked-for',
    promise: 'a path that was not asked for is refused',
    faults: ['D6', 'D9'],
    find: "if (!isBelow || (!recursive && below.includes('/')))",
    replace: "if (below === '')",
    grep: 'was not asked for|a directory below',
  },
  {
    name: 'adls-list-no-such-directory',
    promise: 'a directory that is not there holds nothing, and a container that is not there is an error',
    faults: ['R11'],
    find: 'if (!isMissingPath(error)) throw error;',
    replace: 'if (error !== null) throw error;',
    tests: SOURCE,
    grep: 'tells nothing to read',
  },
]);

const source = guardsIn('src/connectors/adls2/source.ts', SOURCE, [
  {
    name: 'adls-url-without-signature',
    promise: 'a URL that holds a signature is refused before anything can repeat it',
    faults: ['D7'],
    file: 'src/connectors/adls2/uri.ts',
    find: 'if (/[?&]sig=/i.test(path))',
    replace: "if (path === '')",
    grep: 'refuses malformed URLs',
  },
  {
    name: 'adls-nothing-matches',
    promise: 'a pattern that matches nothing is an error, unless it may',
    faults: ['R11'],
    find: "if (!found && onEmpty === 'error')",
    replace: "if (found && onEmpty === 'error' && container === '')",
    grep: 'tells nothing to read',
  },
]);

const waits = guardsIn('src/config/transfer-shapes.ts', READ, [
  {
    name: 'adls-idle-bounded',
    promise: 'a file whose bytes stop coming is given up after `idleTimeout`',
    faults: ['R3'],
    find: 'idleMs: options.idleTimeout ?? timeouts.read',
    replace: 'idleMs: 10 * timeouts.read',
    grep: 'ends with IDLE_TIMEOUT',
  },
  {
    name: 'adls-answer-bounded',
    promise: 'a file whose answer does not begin is given up after `responseTimeout`',
    faults: ['R3'],
    find: 'responseMs: options.responseTimeout ?? timeouts.read',
    replace: 'responseMs: 10 * timeouts.read',
    grep: 'ends with RESPONSE_TIMEOUT',
  },
]);

export const readingGuards = [...reader, ...waits, ...told, ...targets, ...urls, ...listing, ...pages, ...source];
