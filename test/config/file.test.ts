import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { configFile, fileLayer, forgetConfigFiles } from '../../src/config/file.ts';
import { assertSilent } from '../support/faults.ts';

const PROFILES = { connectors: { s3: { 'eu-west': { region: 'eu-west-1', transfer: { part_size: '16MiB' } } } } };
const READ = { s3: { 'eu-west': { region: 'eu-west-1', transfer: { partSize: '16MiB' } } } };
const JSON_TEXT = JSON.stringify(PROFILES);

describe('the config file', () => {
  let folder: string;
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'sluice-config-')));
    forgetConfigFiles();
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const write = (name: string, content: string): string => {
    writeFileSync(path.join(folder, name), content);
    return path.join(folder, name);
  };

  const forms: [name: string, content: string][] = [
    ['sluice.config.json', JSON_TEXT],
    [
      'sluice.config.yaml',
      'connectors:\n  s3:\n    eu-west:\n      region: eu-west-1\n      transfer: { part_size: 16MiB }\n',
    ],
    ['sluice.config.yml', `${JSON_TEXT}\n`],
    ['sluice.config.toml', '[connectors.s3.eu-west]\nregion = "eu-west-1"\ntransfer.part_size = "16MiB"\n'],
    ['sluice.config.js', `module.exports = ${JSON_TEXT};`],
    ['sluice.config.cjs', `module.exports = ${JSON_TEXT};`],
    ['sluice.config.mjs', `export default ${JSON_TEXT};`],
    ['sluice.config.ts', `export default ${JSON_TEXT} satisfies object;`],
    ['sluice.config.mts', `const config: object = ${JSON_TEXT}; export default config;`],
    ['package.json', JSON.stringify({ name: 'x', sluice: PROFILES })],
  ];
  it('has ten forms', () => assert.equal(forms.length, 10));
  for (const [name, content] of forms) {
    it(`may be ${name}, in the working directory or above it`, () => {
      const file = write(name, content);
      const below = path.join(folder, 'a', 'b');
      mkdirSync(below, { recursive: true });
      for (const from of [folder, below]) assert.deepEqual(configFile(from), { path: file, connectors: READ });
    });
  }

  it('that is nearest wins, and a package.json without settings is passed over', () => {
    write('sluice.config.json', JSON_TEXT);
    const below = path.join(folder, 'a');
    mkdirSync(below);
    writeFileSync(path.join(below, 'package.json'), '{"name":"x"}');
    assert.equal(configFile(below)?.path, path.join(folder, 'sluice.config.json'));
    forgetConfigFiles();
    writeFileSync(path.join(below, 'sluice.config.json'), '{"connectors":{}}');
    assert.deepEqual(configFile(below), { path: path.join(below, 'sluice.config.json'), connectors: {} });
  });

  it('is read once, until it is forgotten', () => {
    write('sluice.config.json', '{"connectors":{}}');
    assert.deepEqual(configFile(folder)?.connectors, {});
    write('sluice.config.json', JSON_TEXT);
    assert.deepEqual(configFile(folder)?.connectors, {});
    forgetConfigFiles();
    assert.deepEqual(configFile(folder)?.connectors, READ);
  });

  it('is looked for from the working directory, wherever this package lies', () => {
    const [home, elsewhere] = [process.cwd(), path.join(folder, 'elsewhere', 'deep')];
    mkdirSync(elsewhere, { recursive: true });
    const file = write('sluice.config.json', JSON_TEXT);
    try {
      process.chdir(elsewhere);
      assert.equal(configFile()?.path, file);
      process.chdir(path.dirname(folder));
      assert.equal(configFile(), undefined);
    } finally {
      process.chdir(home);
    }
  });

  it('need not be there', () => {
    assert.equal(configFile(folder), undefined);
    assert.deepEqual(fileLayer(undefined, 's3', 'default').values, {});
  });

  it('gives the settings of one profile, whatever the names are', () => {
    write('sluice.config.json', '{"connectors":{"s3":{"default":{"region":"x"},"__proto__":{"region":"y"}}}}');
    const file = configFile(folder);
    assert.deepEqual(fileLayer(file, 's3', 'default').values, { region: 'x' });
    assert.deepEqual(fileLayer(file, 's3', '__proto__').values, { region: 'y' });
    for (const [connector, profile] of [
      ['s3', 'constructor'],
      ['constructor', 'name'],
      ['__proto__', 'x'],
    ] as const) {
      assert.deepEqual(fileLayer(file, connector, profile).values, {}, `${connector} ${profile}`);
    }
  });

  const broken: [name: string, content: string, message: RegExp][] = [
    ['sluice.config.json', '{"connectors": canary', /cannot be read as JSON$/],
    ['sluice.config.yaml', 'connectors: [canary', /cannot be read as YAML$/],
    ['sluice.config.toml', 'connectors = canary', /cannot be read as TOML$/],
    ['sluice.config.cjs', 'throw new RangeError("canary");', /cannot be read as CJS \(RangeError\)$/],
    ['sluice.config.json', '["canary"]', /the file is not an object$/],
    ['sluice.config.json', '{"conectors":{}}', /unknown key "conectors"; did you mean "connectors"\?$/],
    ['sluice.config.json', '{"connectors":["canary"]}', /connectors is not an object$/],
    ['sluice.config.json', '{"connectors":{"s3":"canary"}}', /connectors\.s3 is not an object$/],
    ['sluice.config.json', '{"connectors":{"s3":{"a":"canary"}}}', /connectors\.s3\.a is not an object$/],
  ];
  for (const [name, content, message] of broken) {
    it(`that is ${content} is refused by its name, without its content`, () => {
      const file = write(name, content);
      assert.throws(
        () => configFile(folder),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, 'CONFIG_INVALID');
          assert.ok(error.message.startsWith(file));
          assert.match(error.message, message);
          assertSilent(error, 'canary');
          return true;
        },
      );
    });
  }
});
