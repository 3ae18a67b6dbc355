/** What every source and sink does the same way: errors, clean-up, settlement, telemetry. */
import { guardsIn } from '../../guard.ts';

const SETTLED = 'test/core/sink-settled.test.ts';

const lifecycle = guardsIn(
  'src/core/lifecycle.ts',
  ['test/core/lifecycle.test.ts'],
  [
    {
      name: 'core-signal-before-classify',
      promise: 'what ended the operation is named, not what a driver broke with because of it',
      faults: ['A1', 'A2'],
      find: 'this.deadline.error ?? (error instanceof ConnectorError ? error : driver.classify(error))',
      replace: 'error instanceof ConnectorError ? error : driver.classify(error)',
      grep: 'no timer had a turn to see when the driver broke',
    },
    {
      name: 'core-deadline-after-each-chunk',
      promise: 'a deadline that no timer had a turn to see is named, whatever the driver answered',
      faults: ['A4'],
      file: 'src/core/source.ts',
      find: '    lifecycle.deadline.throwIfEnded();',
      replace: '',
      grep: 'no timer had a turn to see when the driver (gave bytes|ended)',
    },
    {
      name: 'core-first-use-after-deadline',
      promise: 'the first use of a stream whose deadline has fired fails',
      faults: ['A3'],
      find: '    this.deadline.throwIfEnded();\n    this.#assertAlive();',
      replace: '    this.#assertAlive();',
      grep: 'fails its first use',
    },
    {
      name: 'core-deadline-at-the-commit',
      promise: 'nothing is committed after the deadline, though no timer had a turn to see it',
      faults: ['A4'],
      file: 'src/core/deadline.ts',
      find: 'else if (performance.now() >= this.#endsAt) this.#onTimeout();',
      replace: '',
      tests: ['test/core/cpu-bound.test.ts'],
      grep: 'is no success when the work ends after it',
    },
    {
      name: 'core-first-error-wins',
      promise: 'a stream keeps its first error, whatever comes during the clean-up',
      faults: ['A5'],
      file: 'src/core/source.ts',
      find: "    const reason = lifecycle.reason(error);\n    const ending = await lifecycle.cleanUp(driver, 'not-done', lifecycle.cleanupMs);",
      replace:
        "    const ending = await lifecycle.cleanUp(driver, 'not-done', lifecycle.cleanupMs);\n    const reason = lifecycle.reason(error);",
      tests: ['test/core/ending-twice.test.ts'],
    },
    {
      name: 'core-foreign-error-untouched',
      promise: 'what another stage of the pipeline threw is passed on as it came',
      faults: [],
      find: "error === null || reason.code === 'PIPELINE_FAILED' ? error : reason",
      replace: 'error === null ? error : reason',
      grep: 'pass on what an upstream of another kind threw',
    },
    {
      name: 'core-node-abort-recognised',
      promise: "an abort of `pipeline` is an abort with the signal's own reason, not a failure of another stage",
      faults: ['A1'],
      find: "return error.name === 'AbortError' && 'code' in error && error.code === 'ABORT_ERR';",
      replace: 'return false;',
      grep: "turn Node's AbortError of a pipeline into ours",
    },
    {
      name: 'core-unheard-deadline',
      promise:
        'a deadline that fires before the first use of a stream does not end a process that has no listener for it',
      faults: ['A3'],
      find: "this.opened || stream.listenerCount('error') > 0",
      replace: 'true',
      grep: 'does not end a process that has no listener',
    },
    {
      name: 'core-deadline-destroys',
      promise: 'a stream whose deadline fires is destroyed, even while nothing moves',
      faults: ['A1', 'A2'],
      find: "else signal.addEventListener('abort', onDeadline, { once: true });",
      replace: '',
      grep: 'destroys a stream that is listened to at once',
    },
    {
      name: 'core-aborted-before-creation',
      promise: 'a stream that is made under a signal that has fired is settled, though nobody uses it',
      faults: ['A3'],
      find: 'if (signal.aborted) onDeadline();',
      replace: 'if (signal.aborted) return;',
      grep: 'settles the stream, though nobody uses it',
    },
    {
      name: 'core-stream-listener-removed',
      promise: 'a thousand streams on one signal leave no listener on it',
      faults: ['A8'],
      find: '    this.deadline.close();\n    const counted',
      replace: '    const counted',
      grep: '1,000 streams on one signal',
    },
    {
      name: 'core-settled-frozen',
      promise: 'what a stream settled as cannot be changed by whoever looks at it',
      faults: [],
      file: 'src/core/settlement.ts',
      find: 'Object.freeze(settled)',
      replace: 'settled',
      grep: 'cannot be changed by whoever looks',
    },
  ],
);

const cleanUp = guardsIn(
  'src/core/lifecycle.ts',
  [SETTLED],
  [
    {
      name: 'core-clean-up-clock',
      promise: 'a clean-up that hangs is given up after `cleanupTimeout`',
      faults: ['A1', 'P2'],
      find: "timeout: { ms, code: 'RESPONSE_TIMEOUT', message: 'the clean-up took too long' },",
      replace: '',
      grep: 'is given up after `cleanupTimeout`',
    },
    {
      name: 'core-clean-up-own-signal',
      promise: 'the clean-up runs on its own clock: the signal of the user has already fired',
      faults: ['A1', 'A5'],
      find: 'driver.abort({ outcome, signal: clock.signal })',
      replace: 'driver.abort({ outcome, signal: this.deadline.signal })',
      grep: 'runs on its own clock',
    },
    {
      name: 'core-clean-up-cut',
      promise: 'a clean-up that is given up is cut',
      faults: ['A5'],
      find: '    } finally {\n      clock.abort();\n    }',
      replace: '    }',
      grep: 'its signal fires',
    },
    {
      name: 'core-clean-up-never-rejects',
      promise: 'a stream settles even when its clean-up fails, and says what may remain',
      faults: ['A5'],
      find: '    } catch {\n      leftover = named(driver);\n    }',
      replace: '    }',
      grep: 'is unconfirmed when it',
    },
    {
      name: 'core-leftover-named',
      promise: 'a clean-up that could not be confirmed names what may remain',
      faults: ['P2'],
      find: 'leftover = named(driver);',
      replace: 'leftover = undefined;',
      grep: 'what may remain is named',
    },
    {
      name: 'core-settles-without-leftover',
      promise: 'a driver that cannot say what may remain does not keep its stream from settling',
      faults: ['A5'],
      find: '  try {\n    return driver.leftover();\n  } catch {\n    return undefined;\n  }',
      replace: '  return driver.leftover();',
      grep: 'cannot say what may remain',
    },
    {
      name: 'core-unopened-not-cleaned-up',
      promise: 'a stream that was never used has nothing to clean up, and opens nothing for it',
      faults: ['A3'],
      find: "if (!this.opened) return { cleanup: 'confirmed' };",
      replace: '',
      grep: 'before its first use: not done',
    },
    {
      name: 'core-over-stays-over',
      promise: 'nothing opens once a stream is over',
      faults: ['A5'],
      find: 'if (!this.#over && this.#stream?.destroyed !== true) return;',
      replace: 'return;',
      grep: 'before its first use: not done',
    },
  ],
);

const operation = guardsIn(
  'src/core/operation.ts',
  ['test/core/operation.test.ts'],
  [
    {
      name: 'core-telemetry-never-fails',
      promise: 'an exporter that throws changes neither success nor failure of a transfer',
      faults: ['D12'],
      find: '  try {\n    report();\n  } catch {\n    // Reporting this would go through the same exporter.\n  }',
      replace: '  report();',
      grep: 'changes neither success nor failure',
    },
    {
      name: 'core-span-ends',
      promise: 'a span that refuses its attributes is ended all the same',
      faults: ['D12'],
      find: '      this.#span?.setStatus({ code: SpanStatusCode.ERROR, message: error.code });\n    });\n    quietly(() => this.#span?.end());',
      replace:
        '      this.#span?.setStatus({ code: SpanStatusCode.ERROR, message: error.code });\n      this.#span?.end();\n    });',
      grep: 'still ends the span',
    },
    {
      name: 'core-telemetry-holds-no-message',
      promise: 'telemetry has the code of an error and never its message, which may quote data',
      faults: ['D7'],
      find: 'message: error.code });',
      replace: 'message: error.message });',
      grep: 'reports neither messages nor causes',
    },
    {
      name: 'core-operation-reported-once',
      promise: 'an operation is reported once, however often it is ended',
      faults: ['D12'],
      find: '  fail(error: ConnectorError, totals: OperationTotals): void {\n    if (this.#over || this.#startedAt === undefined) return;',
      replace:
        '  fail(error: ConnectorError, totals: OperationTotals): void {\n    if (this.#startedAt === undefined) return;',
      grep: 'is reported once',
    },
  ],
);

export const lifecycleGuards = [...lifecycle, ...cleanUp, ...operation];
