/** `npm run demo`: three million rows of public data from S3 through PostgreSQL and a Data Lake and back, with proof that nothing changed. */
import { runDemo } from './demo.ts';
import { describeFailure } from './failure.ts';

/** For the whole demo; a quiet machine with two cores needs some thirteen seconds. */
const DEADLINE_MS = 300_000;
const EXIT_CODE_OF = new Map([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]);

const interrupted = new AbortController();
for (const name of EXIT_CODE_OF.keys()) {
  // Not `once`: npm passes on the Ctrl-C that the terminal has already sent us, and the clean-up must survive the second.
  process.on(name, () => interrupted.abort(name));
}
const deadline = AbortSignal.timeout(DEADLINE_MS);

try {
  await runDemo(AbortSignal.any([interrupted.signal, deadline]));
} catch (error) {
  const signal = interrupted.signal.aborted ? String(interrupted.signal.reason) : undefined;
  process.exitCode = EXIT_CODE_OF.get(signal ?? '') ?? 1;
  // An AggregateError holds what the clean-up met as well.
  if (error instanceof AggregateError) console.error(`\nThe demo failed: ${describeFailure(error)}`);
  else if (signal !== undefined)
    console.error(`\nStopped by ${signal}: what was under way is undone, nothing left behind.`);
  else if (deadline.aborted) console.error(`\nThe demo failed: it was not over after ${DEADLINE_MS / 1000} s`);
  else console.error(`\nThe demo failed: ${describeFailure(error)}`);
}
