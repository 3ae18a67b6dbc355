/** A sink that is wrong in one thing, and the promise that must refuse it. */
import type { Sink } from '../../../../src/core/sink.ts';
import type { Broken } from '../../broken.ts';
import type { Spoil } from '../memory.ts';
import type { SinkOptions } from '../place.ts';

export type BrokenSink = Broken<Spoil>;

/** The stream, with something else to show. */
export function shows(sink: Sink<unknown>, name: string | symbol, property: PropertyDescriptor): Sink<unknown> {
  return Object.create(sink, { [name]: property }) as Sink<unknown>;
}

/** The options of a sink that has no ear for one of them. */
export function without(options: SinkOptions, name: keyof SinkOptions): SinkOptions {
  return Object.fromEntries(Object.entries(options).filter(([key]) => key !== name));
}

/** Commits whatever it has when it is destroyed. */
export const storesWhatItHas: Spoil = {
  driver: (driver, destination) => ({
    abort(context) {
      destination.stored = Buffer.concat(destination.received);
      return driver.abort(context);
    },
  }),
};

/** Shows every byte as soon as it has come. */
export const storesAsItGoes: Spoil = {
  driver: (driver, destination) => ({
    async write(chunks) {
      await driver.write(chunks);
      destination.stored = Buffer.concat(destination.received);
    },
  }),
};
