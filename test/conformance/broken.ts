/**
 * Subjects that are wrong in one thing each: a suite that accepts one of them is worthless. They leak, hang and throw
 * where nobody listens, so they are tried in a process of their own, which says what became of each.
 */
import assert from 'node:assert/strict';
import { createInterface } from 'node:readline';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { checkOf, refusal } from './check.ts';
import type { Check, Place, Subject } from './check.ts';

export interface Broken<S> {
  /** What it does. */
  readonly what: string;
  /** The promise that it does not keep. */
  readonly refusedBy: string;
  readonly spoil: S;
}

/** The verdicts of one suite on its broken subjects, by what each does. */
export type Verdicts = Readonly<Record<string, Verdict>>;
type Verdict = 'refused' | 'accepted' | 'a mistake of the check';

/** In the other process: tries each, says what became of it, and exits whatever is left. */
export async function tryBroken<P extends Place, S>(
  checks: readonly Check<P>[],
  broken: readonly Broken<S>[],
  subjectOf: (what: string, spoil: S) => Subject<P>,
): Promise<never> {
  for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => undefined);
  for (const { what, refusedBy, spoil } of broken) {
    const error = await refusal(checkOf(checks, refusedBy), subjectOf(what, spoil));
    const verdict: Verdict =
      error === undefined
        ? 'accepted'
        : error instanceof TypeError || error instanceof ReferenceError
          ? 'a mistake of the check'
          : 'refused';
    process.stdout.write(`${JSON.stringify([what, verdict])}\n`);
  }
  process.exit(0);
}

/** A test for each: the promise refuses it; and one for the promises, each of which must refuse something. */
export function describeBroken<P extends Place, S>(
  kind: string,
  checks: readonly Check<P>[],
  broken: readonly Broken<S>[],
  program: string,
): void {
  describe(`refuses a ${kind} that`, () => {
    let verdicts: Verdicts = {};
    before(async function () {
      this.timeout(180_000);
      verdicts = await verdictsOf(program);
    });
    for (const { what, refusedBy } of broken) {
      it(`${what}: "${refusedBy}"`, () => assert.equal(verdicts[what], 'refused'));
    }
  });

  it('has no promise that every one of them keeps', () => {
    assert.equal(new Set(broken.map(({ what }) => what)).size, broken.length, 'two of them do the same');
    const refusing = new Set(broken.map(({ refusedBy }) => refusedBy));
    const idle = checks.filter(({ promise }) => !refusing.has(promise));
    assert.deepEqual(
      idle.map(({ promise }) => promise),
      [],
    );
  });
}

async function verdictsOf(program: string): Promise<Verdicts> {
  const child = spawn(process.execPath, ['--no-warnings', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const verdicts = new Map<string, Verdict>();
  const ended = once(child, 'close') as Promise<[number | null]>;
  for await (const line of createInterface({ input: child.stdout })) {
    const [what, verdict] = JSON.parse(line) as [string, Verdict];
    verdicts.set(what, verdict);
  }
  const [status] = await ended;
  assert.equal(status, 0, `${program} ended after ${verdicts.size} of its subjects`);
  return Object.fromEntries(verdicts);
}
