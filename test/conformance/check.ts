/**
 * A conformance suite is a list of checks that any implementation can be given. Each opens a place of its own, does to
 * the implementation what users do, and wants the place clean afterwards.
 */
import assert from 'node:assert/strict';
import { unhandled, warnings } from '../support/unhandled.ts';

/** Where one check works, alone. */
export interface Place extends AsyncDisposable {
  /** Rejects while anything is left of what was done here: a backend at work, an upload. */
  assertClean(): Promise<void>;
}

export interface Check<P extends Place> {
  /** What every implementation promises, in plain words. */
  readonly promise: string;
  /** Rejects with an AssertionError where the promise is not kept. */
  readonly verify: (place: P) => Promise<void>;
  /** The check cuts, stalls or counts connections: it needs a place whose wire it can get at. */
  readonly onTheWire?: true;
  /** The check is about bytes as bytes: it says nothing about a stream of objects. */
  readonly ofBytes?: true;
}

/** One implementation of what a suite asks for. */
export interface Subject<P extends Place> {
  readonly name: string;
  /** Starts what the implementation needs. */
  start?(): Promise<unknown>;
  /** A place of its own for one check. */
  open(): Promise<P>;
  /** Ends what was started. */
  close?(): Promise<void>;
  /** Promises that it does not keep, each with the reason. They are seen to be broken: no entry outlives its truth. */
  readonly lacks?: Readonly<Record<string, string>>;
  /** Why nobody can get at its wire, if nobody can. */
  readonly opaqueWire?: string;
  /** It is a stream of objects. */
  readonly objectMode?: true;
}

/** Runs one check. Whatever it was about, nothing may be left, and nothing may have been rejected or warned unheard. */
export async function verify<P extends Place>(check: Check<P>, subject: Subject<P>): Promise<void> {
  await using place = await subject.open();
  let warned: readonly Error[] = [];
  const rejected = await unhandled(async () => {
    warned = await warnings(() => check.verify(place));
  });
  assert.deepEqual(rejected, [], 'a promise was rejected and nobody handled it');
  assert.deepEqual(warned, [], 'the process was warned');
  await place.assertClean();
}

/** Why `subject` fails `check`, or undefined where it passes. */
export async function refusal<P extends Place>(check: Check<P>, subject: Subject<P>): Promise<Error | undefined> {
  try {
    await verify(check, subject);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
}

/** That a subject was refused, and not by a mistake of the check's own. */
export function assertRefused(error: Error | undefined): void {
  assert.ok(error !== undefined, 'it keeps the promise');
  assert.ok(!(error instanceof TypeError || error instanceof ReferenceError), error.stack);
}

/** The check that makes `promise`. */
export function checkOf<P extends Place>(checks: readonly Check<P>[], promise: string): Check<P> {
  const found = checks.filter((check) => check.promise === promise);
  const [check] = found;
  if (check === undefined || found.length > 1) throw new Error(`${found.length} checks promise: ${promise}`);
  return check;
}
