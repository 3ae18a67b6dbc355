import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CreateMultipartUploadCommand } from '@aws-sdk/client-s3';
import pg from 'pg';
import { startS3Server } from '../../../src/testing/s3-server/index.ts';
import { sdkClient } from '../../testing/s3-server/sdk-client.ts';
import { rejection } from '../faults.ts';
import { runNode } from '../run.ts';
import { beginWatching, leaksNow } from './index.ts';
import { leavesUploads, watchUploads } from './uploads.ts';

/** What is said when `leak` has happened; what it gives takes it back, and nothing may be left then. */
async function leaksOf(leak: () => Promise<() => unknown> | (() => unknown)): Promise<string[]> {
  await beginWatching();
  const takeBack = await leak();
  const leaks = await leaksNow(0);
  await takeBack();
  assert.deepEqual(await leaksNow(), []);
  return leaks;
}

/** A server that accepts and says nothing. */
async function silence() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

describe('what a test leaves behind is named', () => {
  it('when it is a timer', async () => {
    const leaks = await leaksOf(() => {
      const timer = setTimeout(() => undefined, 60_000);
      return () => clearTimeout(timer);
    });
    assert.deepEqual(leaks, ['1 x Timeout more than before']);
  });

  it('when it is a server', async () => {
    const leaks = await leaksOf(async () => {
      const { server } = await silence();
      return () => server.close();
    });
    assert.deepEqual(leaks, ['1 x TCPServerWrap more than before']);
  });

  it('when it is a child process', async () => {
    const leaks = await leaksOf(() => {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
      return () => child.kill('SIGKILL');
    });
    assert.deepEqual(leaks, ['1 x ProcessWrap more than before']);
  });

  it('when it is a file in the temporary directory', async () => {
    const file = path.join(tmpdir(), 'forgotten');
    const leaks = await leaksOf(async () => {
      await writeFile(file, '');
      return () => rm(file);
    });
    assert.deepEqual(leaks, ['forgotten is left in the temporary directory']);
  });

  it('when it is a listener on a signal, with the line that made the signal', async () => {
    const leaks = await leaksOf(() => {
      const { signal } = new AbortController();
      const listener = (): void => undefined;
      signal.addEventListener('abort', listener);
      return () => signal.removeEventListener('abort', listener);
    });
    assert.equal(leaks.length, 1);
    assert.match(
      leaks[0] ?? '',
      /^1 listeners are left on the signal made at test\/support\/watches\/watches\.test\.ts:\d+/,
    );
  });

  it('when it is a connection of a pool, or somebody waiting for one', async () => {
    const leaks = await leaksOf(async () => {
      const { server, port } = await silence();
      const pool = new pg.Pool({ host: '127.0.0.1', port, max: 1, connectionTimeoutMillis: 0 });
      const accepted = once(server, 'connection');
      const failed = Promise.all([rejection(pool.connect()), rejection(pool.connect())]);
      const [first] = (await accepted) as [Socket];
      server.on('connection', (socket) => socket.destroy());
      return async () => {
        first.destroy();
        await failed;
        await pool.end();
        server.close();
      };
    });
    assert.ok(leaks.includes('a pool has 1 of 1 connections out and 1 waiting for one'), leaks.join());
  });

  it('when it is an open upload, unless the test is about it', async () => {
    await using server = await startS3Server({ buckets: ['bucket'] });
    const client = sdkClient(server);
    watchUploads(server);
    const begin = () => client.send(new CreateMultipartUploadCommand({ Bucket: 'bucket', Key: 'key' }));
    await begin();
    client.destroy();
    assert.deepEqual(
      (await leaksNow(0)).filter((leak) => leak.includes('upload')),
      ['an upload of bucket/key is open, with 0 parts'],
    );
    leavesUploads(server, 2);
    assert.ok((await leaksNow(0)).includes('1 uploads are open instead of 2'));
    leavesUploads(server, 1);
    assert.ok(!(await leaksNow(0)).join().includes('upload'));
  });

  it('and fails the run, with the title of the test', async () => {
    const mocha = path.join(import.meta.dirname, '../../../node_modules/mocha/bin/mocha.js');
    const sample = path.join(import.meta.dirname, 'leaking-sample.ts');
    const { message } = await rejection(runNode([mocha, '--exit', sample], { cwd: process.cwd() }));
    assert.match(message, /1 passing/);
    assert.match(message, /LEAK a sample that leaves a timer: 1 x Timeout more than before/);
    assert.match(message, /"after all" hook/);
  }).timeout(60_000);
});
