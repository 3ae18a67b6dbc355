/** `end` means verified, and leaving early waits. */
import { guardsIn } from '../../guard.ts';

const LEAVING = ['test/core/source-leaving.test.ts'];

export const sourceGuards = guardsIn(
  'src/core/source.ts',
  ['test/core/source.test.ts'],
  [
    {
      name: 'core-source-empty-chunk',
      promise: 'a chunk of no bytes does not stop a source for ever',
      faults: ['R11'],
      find: '    while (chunk !== undefined && sizeOf(chunk) === 0) chunk = await driver.pull();',
      replace: '',
      grep: 'a chunk of no bytes',
    },
    {
      name: 'core-source-verified-is-done',
      promise: 'a deadline that passes while a slow consumer takes the last bytes does not undo a complete read',
      faults: ['A2', 'R4'],
      find: '      lifecycle.deadline.close();',
      replace: '',
      grep: 'however late its consumer',
    },
    {
      name: 'core-source-result-at-end',
      promise: 'a source has no result before its `end`',
      faults: [],
      find: '(stream.readableEnded ? result : undefined)',
      replace: 'result',
      grep: 'has its result from `end` on',
    },
    {
      name: 'core-source-break-waits',
      promise: 'leaving a `for await` early waits for the clean-up',
      faults: ['P3', 'A1'],
      find: '      await closed(stream);\n      return',
      replace: '      return',
      tests: LEAVING,
      grep: 'by `break` waits',
    },
    {
      name: 'core-source-dispose-waits',
      promise: '`await using` waits for the clean-up, and leaving early is no error',
      faults: ['A1'],
      find: "  const close = new Promise((resolve) => stream.once('close', resolve));\n  stream.destroy();\n  await close;",
      replace: '  stream.destroy();\n  await Promise.resolve();',
      tests: LEAVING,
      grep: 'by `await using` waits',
    },
    {
      name: 'core-source-done-stays-done',
      promise: 'what a listener of `end` breaks does not make a complete read incomplete',
      faults: ['A5'],
      find: 'if (stream.readableEnded && result !== undefined) {',
      replace: 'if (error === null && stream.readableEnded && result !== undefined) {',
      tests: LEAVING,
      grep: 'from a listener of `end`',
    },
    {
      name: 'core-source-failure-between-pulls',
      promise: 'a source is destroyed by a failure that no pull reports',
      faults: ['P1'],
      find: 'spec.driver({ fail: (error) => void stream.destroy(lifecycle.fault(driver, error)) })',
      replace: 'spec.driver({ fail: () => undefined })',
      grep: 'by a failure that no pull reports',
    },
  ],
);
