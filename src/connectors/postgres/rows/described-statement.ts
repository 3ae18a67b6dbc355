/**
 * A statement whose columns are asked for before its rows are, a round trip more, so that each can be wanted in a format
 * of its own.
 */
import type { ExtendedConnection, Submittable } from '../native.ts';
import { BINARY, TEXT, bindMessage, boundParameters } from './bind-message.ts';
import type { Binding } from './bind-message.ts';
import type { Field } from './row-decoder.ts';

export class DescribedStatement {
  readonly #query: Submittable;
  #parameters: Buffer | undefined;

  /** `query` is node-postgres' own, of which Parse is sent, and which makes texts of the parameters. */
  constructor(query: Submittable) {
    this.#query = query;
  }

  submit(connection: ExtendedConnection): Error | null | undefined {
    const skip = (): void => undefined;
    const bind = (binding: Binding): void => void (this.#parameters = boundParameters(binding));
    const withoutRows = Object.create(connection, {
      ...{ bind: { value: bind }, describe: { value: skip }, execute: { value: skip }, flush: { value: skip } },
    }) as ExtendedConnection;
    const { stream } = connection;
    stream.cork();
    try {
      const failure = this.#query.submit(withoutRows);
      // Else a parameter was refused, and the query has ended itself.
      if (this.#parameters !== undefined) {
        connection.describe({ type: 'S', name: '' });
        connection.flush();
      }
      return failure;
    } finally {
      stream.uncork();
    }
  }

  /** The message that comes next, once. */
  bind(fields: readonly Field[]): Buffer | undefined {
    const parameters = this.#parameters;
    this.#parameters = undefined;
    if (parameters === undefined) return undefined;
    return bindMessage(
      parameters,
      fields.map(({ format }) => (format === 'binary' ? BINARY : TEXT)),
    );
  }
}
