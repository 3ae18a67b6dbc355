/** A source that is wrong in one thing, and the promise that must refuse it. */
import type { Source } from '../../../../src/core/source.ts';
import type { Broken } from '../../broken.ts';
import type { Spoil } from '../memory.ts';
import type { SourceOptions } from '../place.ts';

export type BrokenSource = Broken<Spoil>;

/** The stream, with something else to show. */
export function shows(source: Source<unknown>, name: string | symbol, property: PropertyDescriptor): Source<unknown> {
  return Object.create(source, { [name]: property }) as Source<unknown>;
}

/** The options of a source that has no ear for one of them. */
export function without(options: SourceOptions, name: keyof SourceOptions): SourceOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}
