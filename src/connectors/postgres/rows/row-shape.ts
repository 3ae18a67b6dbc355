/**
 * What the rows of a result or an input share, and the code that is generated for it: every column calls its own reader
 * from its own place, and the object is written at once, which is a quarter faster than a loop over the columns. A
 * process that forbids code from strings gets the loop.
 */
import type { ValueReader } from './raw-row.ts';

export type RowMode = 'object' | 'array';

export interface RowShape {
  readonly names: readonly string[];
  /** One for each column. */
  readonly readers: readonly ValueReader[];
  readonly rowMode: RowMode;
}

/** How a builder gets from value to value, as JavaScript. */
export interface BuilderCode<Builder> {
  readonly parameters: string;
  readonly begin: string;
  /** Declares `value0`, `value1` and so on; its reader is called `reader0`. */
  readonly column: (index: number) => string;
  /** What the code calls, by name. */
  readonly calls: Readonly<Record<string, unknown>>;
  /** The same without generated code. */
  readonly looping: () => Builder;
}

export function generated<Builder>({ names, readers, rowMode }: RowShape, code: BuilderCode<Builder>): Builder {
  const values = [...readers.keys()].map((index) => `value${index}`);
  const made =
    rowMode === 'array'
      ? `[${values.join(', ')}]`
      : `{ ${names.map((name, index) => `${keyOf(name)}: value${index}`).join(', ')} }`;
  const source = `'use strict';
${readers.map((_, index) => `const reader${index} = readers[${index}];`).join('\n')}
return (${code.parameters}) => {${code.begin}${readers.map((_, index) => code.column(index)).join('')}
  return ${made};
};`;
  try {
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- of what others name there are only quoted texts
    const make = new Function('readers', ...Object.keys(code.calls), source) as (...parts: unknown[]) => Builder;
    return make(readers, ...Object.values(code.calls));
  } catch (error) {
    if (!(error instanceof EvalError)) throw error;
    return code.looping();
  }
}

/** JSON makes a name nothing but a text; that of the prototype must be computed, or it would set it. */
function keyOf(name: string): string {
  return name === '__proto__' ? '["__proto__"]' : JSON.stringify(name);
}

/** An empty row, and what to put its values under. */
export interface EmptyRow {
  readonly keys: readonly (string | number)[];
  make(): Record<string | number, unknown>;
}

/** A row has the same keys in the same order as every other, so that it has their shape; of two that are equal, the last. */
export function emptyRow({ names, rowMode }: RowShape): EmptyRow {
  const template = Object.fromEntries(names.map((name) => [name, null])) as Record<string, unknown>;
  return rowMode === 'array'
    ? { keys: [...names.keys()], make: () => new Array(names.length) as unknown as Record<number, unknown> }
    : { keys: names, make: () => ({ ...template }) };
}
