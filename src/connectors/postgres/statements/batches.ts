/** One statement for many sets of parameters, a batch of them to a round trip. */
import { bounded } from '../../../core/deadline.ts';
import { connectorError } from '../../../errors.ts';
import type { Lease } from '../lease.ts';
import { binderOf } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { runStatement } from './statement.ts';
import type { StatementSpec } from './statement.ts';

/** The sets of parameters, which may come one by one. */
export type ParameterSets = Iterable<Parameters> | AsyncIterable<Parameters>;

const BATCH_SETS = 500;
const BATCH_LENGTH = 256 * 1024;

/**
 * How many rows were touched in all. The sets are read as they are sent.
 *
 * @throws ConfigError `CONFIG_INVALID` for a set that does not fit, PermanentError `PIPELINE_FAILED` for a `sets` that fails.
 */
export async function runBatches(
  lease: Lease,
  sql: string,
  sets: ParameterSets,
  spec: Omit<StatementSpec, 'text' | 'bindings'>,
): Promise<number> {
  const bind = binderOf(sql);
  const { signal } = spec.deadline;
  let total = 0;
  let text: string | undefined;
  let bindings: (readonly unknown[])[] = [];
  let length = 0;
  const send = async (): Promise<void> => {
    if (text === undefined || bindings.length === 0) return;
    const { counts } = await runStatement(lease, { ...spec, text, bindings, keptRows: 0 });
    total += counts.reduce((sum, count) => sum + count, 0);
    bindings = [];
    length = 0;
  };
  for await (const params of within(sets, signal)) {
    const bound = bind(params);
    text ??= bound.text;
    if (bound.text !== text) throw connectorError('CONFIG_INVALID', 'the sets have parameters by $1 and by :name');
    bindings.push(bound.values);
    length += bound.values.reduce<number>((sum, value) => sum + lengthOf(value), 0);
    if (bindings.length >= BATCH_SETS || length >= BATCH_LENGTH) await send();
  }
  await send();
  return total;
}

/** The same sets; a wait for the next one ends with the signal. */
async function* within(sets: ParameterSets, signal: AbortSignal): AsyncGenerator<Parameters> {
  const iterator: Iterator<Parameters, unknown> | AsyncIterator<Parameters, unknown> =
    Symbol.asyncIterator in sets ? sets[Symbol.asyncIterator]() : sets[Symbol.iterator]();
  let isOver = false;
  try {
    for (;;) {
      const asked = Promise.resolve()
        .then(() => iterator.next())
        .catch((cause: unknown) => {
          isOver = true;
          throw connectorError('PIPELINE_FAILED', 'the sets of parameters could not be read to their end', { cause });
        });
      const { done, value } = await bounded(asked, { signal });
      isOver = done === true;
      if (done === true) return;
      yield value;
    }
  } finally {
    // Its owner may have something to close; it is not waited for, nor is it heard.
    if (!isOver) void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

function lengthOf(value: unknown): number {
  return typeof value === 'string' || value instanceof Uint8Array ? value.length : 8;
}
