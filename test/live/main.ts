/** `npm run test:live [-- mocha's own options]`: the suites on servers that the user names in the environment. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import path from 'node:path';
import { CreateBucketCommand, DeleteBucketCommand, HeadBucketCommand, NotFound } from '@aws-sdk/client-s3';
import { openSession } from '../conformance/subjects/postgres-service.ts';
import { arrangingClient } from '../conformance/subjects/s3-service.ts';
import { namedServers } from './named-servers.ts';
import type { NamedPostgres, NamedS3 } from './named-servers.ts';
import { s3Settings } from './services.ts';

/** Exit code where nothing could be tested: a run that tests nothing is no success. */
const NOTHING_TO_TEST = 2;
const PATIENCE_MS = 120_000;

const { postgres, s3, adls, untested, mistakes } = namedServers(process.env);
process.exitCode = await main();

async function main(): Promise<number> {
  if (mistakes.length > 0 || [postgres, s3, adls].every((named) => named === undefined)) {
    say('The live suite runs on servers of yours, and was not given any that it can use.');
    for (const line of [...mistakes, ...untested]) say(`  ${line}`);
    say('docker compose up starts both; docs/guide/testing.md has the variables.');
    return NOTHING_TO_TEST;
  }
  try {
    if (postgres !== undefined) say(`Postgres: ${postgres.title}, ${await versionOf(postgres)}`);
    await using bucket = s3 === undefined ? undefined : await bucketFor(s3);
    if (s3 !== undefined) say(`S3: ${s3.title}${bucket?.made === true ? ', a bucket made for this run' : ''}`);
    if (adls !== undefined) say(`Azure Data Lake: ${adls.title}`);
    sayUntested();
    const status = await runSuites();
    sayUntested();
    return status;
  } catch (error) {
    say(`The live suite cannot use what it was given: ${error instanceof Error ? error.message : 'unknown'}`);
    return 1;
  }
}

function sayUntested(): void {
  for (const line of untested) say(`NOT TESTED: ${line}`);
}

async function versionOf({ dsn }: NamedPostgres): Promise<string> {
  const session = await openSession(dsn);
  try {
    const { rows } = await session.query<{ server_version: string }>('SHOW server_version');
    return `PostgreSQL ${rows[0]?.server_version ?? 'of an unknown version'}`;
  } finally {
    await session.end();
  }
}

/** The bucket, which is made, and removed in the end, where there is none. */
async function bucketFor(named: NamedS3): Promise<AsyncDisposable & { readonly made: boolean }> {
  const client = arrangingClient({ settings: s3Settings(named) });
  const Bucket = named.bucket;
  const isThere = await client.send(new HeadBucketCommand({ Bucket })).then(
    () => true,
    (error: unknown) => {
      if (error instanceof NotFound) return false;
      throw error;
    },
  );
  if (!isThere) await client.send(new CreateBucketCommand({ Bucket }));
  return {
    made: !isThere,
    async [Symbol.asyncDispose]() {
      if (!isThere) await client.send(new DeleteBucketCommand({ Bucket }));
      client.destroy();
    },
  };
}

async function runSuites(): Promise<number> {
  const mocha = path.join(path.dirname(createRequire(import.meta.url).resolve('mocha/package.json')), 'bin/mocha.js');
  const suites = path.join(import.meta.dirname, '*.live.ts');
  const args = [mocha, '--timeout', String(PATIENCE_MS), ...process.argv.slice(2), suites];
  const child = spawn(process.execPath, args, { stdio: 'inherit' });
  const [code] = (await once(child, 'close')) as [number | null];
  return code ?? 1;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
