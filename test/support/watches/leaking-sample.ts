/** A suite that passes and leaves something behind; run by `watches.test.ts`, in a process of its own. */
describe('a sample', () => {
  it('that leaves a timer', () => {
    setTimeout(() => undefined, 60_000);
  });
});
