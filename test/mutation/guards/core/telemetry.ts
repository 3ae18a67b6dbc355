/** What is told of operations, and that telling it changes nothing. */
import { guardsIn } from '../../guard.ts';

const operation = guardsIn(
  'src/core/operation.ts',
  ['test/core/operation.test.ts'],
  [
    {
      name: 'core-telemetry-never-fails',
      promise: 'an exporter that throws changes neither success nor failure of a transfer',
      faults: ['D12'],
      tests: ['test/core/operation.test.ts', 'test/observability/broken-telemetry.test.ts'],
      find: '  try {\n    report();\n  } catch {\n    // Reporting this would go through the same exporter.\n  }',
      replace: '  report();',
      grep: 'changes neither success nor failure|as it would without',
    },
    {
      name: 'core-span-ends',
      promise: 'a span that refuses its attributes is ended all the same',
      faults: ['D12'],
      find: 'span?.setStatus({ code });\n    });\n    quietly(() => span?.end());',
      replace: 'span?.setStatus({ code });\n      span?.end();\n    });',
      grep: 'still ends the span',
    },
    {
      name: 'core-telemetry-holds-no-message',
      promise: 'telemetry has the code of an error and never its message, which may quote data',
      faults: ['D7'],
      find: 'span?.setStatus({ code });',
      replace: "span?.setStatus({ code, message: error?.message ?? '' });",
      grep: 'reports neither messages nor causes',
    },
    {
      name: 'core-operation-reported-once',
      promise: 'an operation is reported once, however often it is ended',
      faults: ['D12'],
      find: 'if (this.#over || this.#startedAt === undefined) return false;',
      replace: 'if (this.#startedAt === undefined) return false;',
      grep: 'is reported once',
    },
    {
      name: 'core-span-parent',
      promise: 'a span belongs to what was active where its stream was made, not to whoever reads or writes it first',
      faults: [],
      find: 'const parent = this.#context ?? api.ROOT_CONTEXT;',
      replace: 'const parent = api.context.active();',
      grep: 'belongs to',
    },
    {
      name: 'core-abort-is-no-failure',
      promise: 'an operation that somebody wanted to end is not told as a failure',
      faults: [],
      find: 'error === undefined || isCancelled(error) ? {}',
      replace: 'error === undefined ? {}',
      grep: 'wanted to end',
    },
    {
      name: 'core-timeout-signal-is-a-failure',
      promise: 'an operation that ran into the signal of a timeout is told as a failure',
      faults: [],
      find: " && !(cause instanceof Error && cause.name === 'TimeoutError')",
      replace: '',
      grep: 'signal of a timeout',
    },
    {
      name: 'core-ids-of-recorded-spans',
      promise: 'events name a trace only while a span is recorded, so that it can be found',
      faults: [],
      find: 'if (!span.isRecording()) return;',
      replace: '',
      grep: 'names no trace',
    },
    {
      name: 'core-telemetry-asks-for-a-span',
      promise: 'what has to be asked for is asked for only where a span is recorded',
      faults: [],
      find: 'if (this.#ids.spanId === undefined) return;',
      replace: '',
      grep: 'not asked for',
    },
  ],
);

const instruments = guardsIn(
  'src/core/instruments.ts',
  ['test/core/operation.test.ts'],
  [
    {
      name: 'core-instruments-once',
      promise: 'instruments are made once, not for every operation',
      faults: [],
      find: 'ofProvider.set(name, instruments);',
      replace: '',
      grep: 'makes its instruments once',
    },
    {
      name: 'core-instruments-per-provider',
      promise: 'a meter provider that is registered later has instruments of its own',
      faults: [],
      find: 'let ofProvider = made.get(provider);',
      replace: 'let ofProvider = made.get(made as never); made.set(made as never, (ofProvider ??= new Map()));',
      grep: 'makes its instruments once',
    },
  ],
);

const loading = guardsIn(
  'src/core/telemetry-api.ts',
  ['test/observability/process.test.ts'],
  [
    {
      name: 'core-telemetry-only-where-registered',
      promise: 'nothing of OpenTelemetry is loaded while nobody has registered with it',
      faults: [],
      find: 'if (!(REGISTRY in globalThis)) return undefined;',
      replace: '',
      grep: 'loads nothing',
    },
    {
      name: 'core-telemetry-api-looked-for-once',
      promise: 'an API that is not to be found is looked for once, not for every operation',
      faults: [],
      find: "  } catch {\n    return 'missing';\n  }",
      replace: '  } finally {\n  }',
      grep: 'looks once',
    },
  ],
);

export const telemetryGuards = [...operation, ...instruments, ...loading];
