import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import * as fs from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import path from 'node:path';
import { classifyError } from '../../src/classify/index.ts';
import { FILE_CODES, fileFailure } from '../../src/core/file-errors.ts';
import { NETWORK_CODES } from '../../src/core/network-errors.ts';
import { rejection } from '../support/faults.ts';

const systemError = (code: string, syscall: string): Error =>
  Object.assign(new Error(`${code}: ${syscall} '/home/me/x'`), { code, syscall, errno: -1, path: '/home/me/x' });
const ERRNOS = Object.keys(constants.errno);

describe('what a local file says', () => {
  it('is known for every errno of this system', () => {
    assert.ok(ERRNOS.length > 70);
    for (const code of FILE_CODES.keys()) assert.ok(ERRNOS.includes(code), code);
    for (const code of ERRNOS) {
      const expected = FILE_CODES.get(code) ?? (NETWORK_CODES.has(code) ? NETWORK_CODES.get(code) : 'FILE_FAILED');
      if (code !== 'EPROTO') assert.equal(classifyError(systemError(code, 'open')).code, expected, code);
    }
  });

  it('is nothing where a socket, a name or a process failed', () => {
    for (const code of ERRNOS) {
      for (const syscall of ['connect', 'listen', 'bind', 'getaddrinfo', 'spawn psql', 'kill', '']) {
        assert.equal(fileFailure(systemError(code, syscall)), undefined, `${code} ${syscall}`);
      }
    }
    for (const code of ['EPIPE', 'ECONNRESET', 'EAGAIN', 'EBADF', 'EACCES', 'ENOENT']) {
      for (const syscall of ['read', 'write']) assert.equal(fileFailure(systemError(code, syscall)), undefined, code);
    }
    assert.equal(classifyError(systemError('EPIPE', 'write')).code, 'CONNECTION_LOST');
    for (const code of [undefined, 7, 'ERR_FS_EISDIR', 'ENOENT x']) {
      assert.equal(fileFailure({ code, syscall: 'open', errno: -2 }), undefined);
    }
    assert.equal(fileFailure({ code: 'ENOENT', syscall: 'open' }), undefined, 'no error of the system');
  });

  it('is worth another try where files are in use, and else not', () => {
    const retryable = [...FILE_CODES.keys()].filter((code) => classifyError(systemError(code, 'open')).retryable);
    assert.deepEqual(retryable, ['EMFILE', 'ENFILE', 'EAGAIN', 'EBUSY', 'EINTR', 'ENOMEM', 'ETXTBSY']);
  });

  it('is what Node throws: nothing there, a folder, a file in the way, too long, full', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-files-'));
    const file = path.join(folder, 'file');
    writeFileSync(file, 'x');
    try {
      const cases: readonly (readonly [work: Promise<unknown>, code: string])[] = [
        [fs.readFile(path.join(folder, 'nothing')), 'NOT_FOUND'],
        [fs.readdir(path.join(folder, 'nothing')), 'NOT_FOUND'],
        [fs.readFile(folder), 'CONFIG_INVALID'],
        [fs.writeFile(folder, 'x'), 'CONFIG_INVALID'],
        [fs.readFile(path.join(file, 'below')), 'CONFIG_INVALID'],
        [fs.mkdir(folder), 'ALREADY_EXISTS'],
        [fs.rmdir(folder), 'ALREADY_EXISTS'],
        [fs.open(path.join(folder, 'n'.repeat(300)), 'w'), 'CONFIG_INVALID'],
        [fs.writeFile('/dev/full', 'x'), 'DISK_FULL'],
      ];
      for (const [work, code] of cases) {
        const error = await rejection(work);
        assert.equal(classifyError(error).code, code, error.message);
        assert.equal(classifyError(new Error('x', { cause: error })).code, code);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
