/** Turns foreign errors into plain ones that hold neither a credential nor more than they should. */
import { ConnectorError } from '../errors.ts';
import { read, wordOf } from './foreign.ts';
import { withoutInput } from './quoted-input.ts';
import { redactText } from './redact.ts';

/** How {@link safeCause} treats the message. */
export interface SafeCauseOptions {
  /** Replaces the message, and withholds those of nested errors: for servers such as Postgres whose messages hold row data. */
  readonly message?: string | undefined;
}

/**
 * A plain error that is safe to attach as `cause`: of the foreign one it has the name, a string `code` (`ECONNRESET`, an
 * SQLSTATE, an AWS error name) and the redacted message, at most 2,000 characters of it. No foreign property and no foreign
 * stack. `cause` and `AggregateError.errors` are treated alike, three levels deep.
 *
 * Our own `ConnectorError` comes back as it is, and `undefined` or `null` gives `undefined`.
 */
export function safeCause(error: unknown, options: SafeCauseOptions = {}): Error | undefined {
  return plainError(error, options.message, 0);
}

const MAX_DEPTH = 3;
const MAX_ERRORS = 10;
const MAX_MESSAGE = 2_000;
/** What is read of a message, so that a hostile one costs little. */
const MAX_FOREIGN_MESSAGE = 16_384;

function plainError(foreign: unknown, replacement: string | undefined, depth: number): Error | undefined {
  if (foreign === undefined || foreign === null || depth > MAX_DEPTH) return undefined;
  if (foreign instanceof ConnectorError) return foreign;
  const withheld = depth > 0 ? '(message withheld)' : undefined;
  const message = replacement === undefined ? messageOf(foreign) : (withheld ?? replacement);
  const cause = plainError(read(foreign, 'cause'), replacement, depth + 1);
  const errors = read(foreign, 'errors');
  const options = cause === undefined ? undefined : { cause };
  const plain = Array.isArray(errors)
    ? new AggregateError(plainErrors(errors, replacement, depth + 1), message, options)
    : new Error(message, options);
  const name = wordOf(foreign, 'name') ?? 'Error';
  const code = wordOf(foreign, 'code') ?? wordOf(foreign, 'Code');
  // As an error's own name would be: not enumerable. The frames would only point here.
  Object.defineProperty(plain, 'name', { value: name, configurable: true, writable: true });
  Object.defineProperty(plain, 'stack', { value: `${name}: ${message}`, configurable: true, writable: true });
  return code === undefined ? plain : Object.assign(plain, { code });
}

function plainErrors(errors: readonly unknown[], replacement: string | undefined, depth: number): Error[] {
  return errors.slice(0, MAX_ERRORS).flatMap((error) => plainError(error, replacement, depth) ?? []);
}

function messageOf(foreign: unknown): string {
  const message = typeof foreign === 'object' ? read(foreign, 'message') : foreign;
  const text = typeof message === 'string' ? message : '';
  // A cut goes back to a space: a password cut off from its `@` would not be recognised.
  const head = text.length > MAX_FOREIGN_MESSAGE ? text.slice(0, MAX_FOREIGN_MESSAGE).replace(/\S*$/, '') : text;
  return withoutInput(redactText(head)).slice(0, MAX_MESSAGE);
}
