import { guardsIn } from '../guard.ts';
import type { Guard } from '../guard.ts';

const SERVER = 'src/testing/adls-server';
const SUITE = ['test/conformance/adls-server/adls-server.test.ts'];
const CALLERS = ['test/testing/adls-server/signatures.test.ts'];

/** A double that is kinder than Azure hides the faults of whatever is tested on it. */
export const testingAdlsGuards: readonly Guard[] = [
  ...guardsIn(`${SERVER}/authorize.ts`, CALLERS, [
    {
      name: 'testing-adls-shared-key',
      promise: 'the ADLS server takes no request that is wrongly signed',
      faults: [],
      find: 'if ([...keys].some((key) => sameText(hmac(key, text), signature))) return;',
      replace: 'if ([...keys].some((key) => hmac(key, text).length === signature.length)) return;',
      grep: 'verifies Shared Key',
    },
    {
      name: 'testing-adls-token-expiry',
      promise: 'the ADLS server takes no token that has expired',
      faults: [],
      find: 'if (expiredTokens.has(token)) {',
      replace: "if (expiredTokens.has('')) {",
      grep: 'takes bearer tokens',
    },
  ]),
  ...guardsIn(`${SERVER}/sas.ts`, CALLERS, [
    {
      name: 'testing-adls-sas-signature',
      promise: 'the ADLS server takes no shared access signature that was changed',
      faults: [],
      find: "if (!keys.some((key) => sameText(hmac(key, text), query['sig'] ?? ''))) {",
      replace: "if (!keys.some((key) => hmac(key, text).length === query['sig']?.length)) {",
      grep: 'verifies the signature|takes bearer tokens',
    },
    {
      name: 'testing-adls-sas-time',
      promise: 'the ADLS server takes no shared access signature out of its time',
      faults: [],
      find: '  checkTime(query, now);',
      replace: '  void now;',
      grep: 'verifies the signature',
    },
  ]),
  ...guardsIn(`${SERVER}/operations/write-file.ts`, SUITE, [
    {
      name: 'testing-adls-flush-gap',
      promise: 'the ADLS server flushes over no gap',
      faults: [],
      find: "    if (at !== end) throw new AdlsError('InvalidFlushPosition');\n    end += size;",
      replace: '    end = at + size;',
      grep: 'over a gap',
    },
    {
      name: 'testing-adls-flush-drops',
      promise: 'the ADLS server drops at a flush what lies beyond it',
      faults: [],
      find: '  if (!retain) file.pending.clear();',
      replace: '  void retain;',
      grep: 'drops at a flush',
    },
    {
      name: 'testing-adls-flush-condition',
      promise: 'the ADLS server flushes only the state that is meant',
      faults: [],
      find: '  writeConditions(request.headers, file);',
      replace: '  void writeConditions;',
      grep: 'only the state that is meant',
    },
  ]),
  ...guardsIn(`${SERVER}/operations/rename-path.ts`, SUITE, [
    {
      name: 'testing-adls-rename-create-only',
      promise: 'the ADLS server renames over nothing when the destination must not be there',
      faults: [],
      find: "if (existing !== undefined && headers['if-none-match'] === '*') throw new AdlsError('PathAlreadyExists');\n  writeConditions(headers, existing);",
      replace: 'void writeConditions;',
      grep: 'renames a file only where there is none',
    },
    {
      name: 'testing-adls-rename-source-condition',
      promise: 'the ADLS server renames only the state of a source that is meant',
      faults: [],
      find: '  sourceConditions(request.headers, node);',
      replace: '  void sourceConditions;',
      grep: 'renames only the state',
    },
  ]),
  ...guardsIn(`${SERVER}/leases.ts`, SUITE, [
    {
      name: 'testing-adls-lease',
      promise: 'the ADLS server lets nobody write who has not the lease',
      faults: [],
      find: "    if (active) throw new AdlsError('LeaseIdMissing');",
      replace: '    void active;',
      grep: 'who has the lease',
    },
  ]),
  ...guardsIn(`${SERVER}/operations/delete-path.ts`, SUITE, [
    {
      name: 'testing-adls-delete-bottom-up',
      promise: 'a deletion in rounds leaves the directory until all that is in it is gone',
      faults: [],
      find: '.slice(-limits.maxDeletions)',
      replace: '.slice(0, limits.maxDeletions)',
      grep: 'deletes a directory',
    },
  ]),
  ...guardsIn(
    'src/testing/store-server/reset.ts',
    ['test/testing/adls-server/faults.test.ts'],
    [
      {
        name: 'testing-reset-encrypted',
        promise: 'a reset reaches a connection that is encrypted',
        faults: [],
        find: '(below.get(socket) ?? socket).resetAndDestroy();',
        replace: 'if (below.get(socket) === undefined) socket.resetAndDestroy();',
        grep: 'over TLS resets before',
      },
    ],
  ),
];
