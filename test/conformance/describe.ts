/** A suite for mocha: one test for each check, and one for each promise that the subject is known not to keep. */
import { assertRefused, checkOf, refusal, verify } from './check.ts';
import type { Check, Place, Subject } from './check.ts';

export function describeConformance<P extends Place>(checks: readonly Check<P>[], subject: Subject<P>): void {
  const { name, lacks = {}, opaqueWire, objectMode } = subject;
  for (const promise of Object.keys(lacks)) checkOf(checks, promise);
  const apt = checks.filter(({ ofBytes }) => objectMode === undefined || ofBytes === undefined);
  const possible = apt.filter(({ onTheWire }) => opaqueWire === undefined || onTheWire === undefined);
  if (opaqueWire !== undefined) {
    process.stderr.write(`NOTE: ${name}: ${apt.length - possible.length} checks cannot run: ${opaqueWire}.\n`);
  }
  describe(name, () => {
    before(() => subject.start?.());
    after(() => subject.close?.());
    for (const check of possible) {
      const reason = lacks[check.promise];
      if (reason === undefined) it(check.promise, () => verify(check, subject));
      else
        it(`known not to keep: ${check.promise} (${reason})`, async () => assertRefused(await refusal(check, subject)));
    }
  });
}
