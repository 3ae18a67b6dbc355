import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as v from 'valibot';
import type { RegisteredClient } from '../../src/connectors/registry.ts';
import { connectors, postgres, s3 } from '../../src/connectors/registry.ts';
import { fields } from '../../src/index.ts';
import type { ConnectorRequest } from '../../src/index.ts';
import { assertSilent, rejection } from '../support/faults.ts';

const schema = v.object({
  url: fields.text(),
  token: v.optional(fields.secret()),
  wait: v.optional(fields.duration('wait'), 50),
});

class MemoryClient implements RegisteredClient {
  readonly request: ConnectorRequest;
  closed = 0;

  constructor(request: ConnectorRequest) {
    this.request = request;
  }

  settings() {
    return this.request.settings(schema);
  }

  isClosed(): boolean {
    return this.closed > 0;
  }

  close(): Promise<void> {
    this.closed += 1;
    return Promise.resolve();
  }
}

describe('the registry of connectors', () => {
  const VARIABLE = 'AUTO_WORKFLOW_CONNECTORS_MEMORY_DEFAULT__TOKEN';
  before(() => connectors.register('memory', (request) => new MemoryClient(request)));
  afterEach(async () => {
    Reflect.deleteProperty(process.env, VARIABLE);
    await connectors.reset();
  });
  const get = (profile?: string, config?: Record<string, unknown>): MemoryClient => {
    const client = connectors.get('memory', profile, config);
    assert.ok(client instanceof MemoryClient);
    return client;
  };

  it('gives one client for the same settings, and another for others', () => {
    const client = get();
    assert.equal(get(), client);
    assert.equal(get('default', {}), client);
    assert.notEqual(get('other'), client);
    const changed = get('default', { url: 'a', wait: 1 });
    assert.notEqual(changed, client);
    assert.equal(get('default', { wait: 1, url: 'a' }), changed);
    process.env[VARIABLE] = 'x';
    assert.notEqual(get(), client);
  });

  it('makes no second client for a secret that was rotated', async () => {
    process.env[VARIABLE] = 'secret://env/SLUICE_TEST_TOKEN';
    process.env['SLUICE_TEST_TOKEN'] = 'one';
    const client = get('default', { url: 'a' });
    assert.equal((await client.settings().reveal()).token, 'one');
    process.env['SLUICE_TEST_TOKEN'] = 'two';
    assert.equal(get('default', { url: 'a' }), client);
    assert.equal((await client.settings().reveal()).token, 'two');
    delete process.env['SLUICE_TEST_TOKEN'];
  });

  it('replaces a client that was closed, and closes each of its own once', async () => {
    const closed = get();
    await closed.close();
    const open = get();
    assert.notEqual(open, closed);
    await connectors.reset();
    assert.deepEqual([closed.closed, open.closed], [1, 1]);
    assert.notEqual(get(), open);
  });

  it('gives the factory the settings of the profile by a schema of its own', () => {
    const { settings } = get('default', { url: 'a', wait: '2s' }).settings();
    assert.deepEqual(settings, { url: 'a', wait: 2_000 });
    assert.throws(
      () => get('default', { url: 'a', tokn: 'canary' }).settings(),
      (error: Error) => {
        assert.match(error.message, /profile 'default' of memory: .*unknown key "tokn"; did you mean "token"\?/);
        assertSilent(error, 'canary');
        return true;
      },
    );
  });

  it('knows what it has', () => {
    assert.throws(() => connectors.get('mysql'), {
      code: 'CONFIG_INVALID',
      message: "no connector is called 'mysql'; there are postgres, s3, adls2, memory",
    });
    for (const name of ['', 'A', 'a b', '__proto__']) {
      assert.throws(() => connectors.register(name, () => new MemoryClient({} as never)), { code: 'CONFIG_INVALID' });
    }
  });

  it('reads the config file anew after a reset', async () => {
    const home = process.cwd();
    const folder = mkdtempSync(path.join(tmpdir(), 'sluice-registry-'));
    const write = (url: string): void =>
      writeFileSync(
        path.join(folder, 'sluice.config.json'),
        JSON.stringify({ connectors: { memory: { default: { url } } } }),
      );
    try {
      write('one');
      process.chdir(folder);
      assert.equal(get().settings().settings.url, 'one');
      write('two');
      assert.equal(get().settings().settings.url, 'one');
      await connectors.reset();
      assert.equal(get().settings().settings.url, 'two');
    } finally {
      process.chdir(home);
      rmSync(folder, { recursive: true });
    }
  });

  it('tells what is wrong with settings by the first use of the client, and not before', async () => {
    const wrong = { prot: 1 } as Record<string, unknown>;
    assert.match((await rejection(postgres.client('default', wrong).ping())).message, /unknown key "prot"/);
    assert.match((await rejection(s3.client('default', wrong).native())).message, /unknown key "prot"/);
    process.env['AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__JSON'] = '{';
    const broken = s3.client();
    assert.match((await rejection(broken.native())).message, /__JSON is not valid JSON/);
    delete process.env['AUTO_WORKFLOW_CONNECTORS_S3_DEFAULT__JSON'];
  });
});
