/** The order in which keys are listed and read: that of their UTF-8 bytes, each key once. */
import { connectorError } from '../errors.ts';
import type { ConnectorError } from '../errors.ts';

/** Whether `a` comes before `b`. */
export function isBefore(a: string, b: string): boolean {
  return Buffer.compare(Buffer.from(a), Buffer.from(b)) < 0;
}

/** A check of a listing as it is read. */
export class KeyOrder {
  readonly #url: string;
  #last = '';

  /** @param url - What is listed, for the message. */
  constructor(url: string) {
    this.#url = url;
  }

  /** @throws ConfigError `CONFIG_INVALID` for a key that does not come after the one before: objects would be read twice, or be missing. */
  next(key: string): void {
    if (!isBefore(this.#last, key)) throw this.broken();
    this.#last = key;
  }

  broken(): ConnectorError {
    const message = `this store does not list every key once and in order, so ${this.#url} cannot be read as one`;
    return connectorError('CONFIG_INVALID', message);
  }
}
