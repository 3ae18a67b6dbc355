/** The socket of a client, read here for a while instead of by node-postgres, whose parser makes objects of every row. */
import net from 'node:net';
import type { Duplex } from 'node:stream';
import type { PgConnection } from '../native.ts';

type Listener = (bytes: Buffer) => void;

export class WireTap {
  readonly #wire: Duplex;
  readonly #parsers: readonly Listener[];
  readonly #onData: Listener;
  #over = false;

  /** Whether what comes over the wire can be read, held back and given to node-postgres' parser here. */
  static fits({ stream }: PgConnection): boolean {
    const methods = ['listeners', 'removeListener', 'pause', 'resume', 'cork', 'uncork'] as const;
    return methods.every((name) => typeof stream[name] === 'function') && stream.listenerCount('data') > 0;
  }

  /** Of a client at ReadyForQuery: its parser stands between two messages. Undefined where nobody reads the wire. */
  static open({ stream }: PgConnection, onData: Listener): WireTap | undefined {
    const parsers = stream.listeners('data') as Listener[];
    return parsers.length === 0 ? undefined : new WireTap(stream, parsers, onData);
  }

  private constructor(wire: Duplex, parsers: readonly Listener[], onData: Listener) {
    this.#wire = wire;
    this.#parsers = parsers;
    this.#onData = onData;
    wire.on('data', onData);
    for (const parser of parsers) wire.removeListener('data', parser);
  }

  /** Whether what is read may be overwritten: a socket's bytes are ours, those of another stream may be somebody's too. */
  get owned(): boolean {
    return this.#wire instanceof net.Socket;
  }

  /** Gives node-postgres a whole message. */
  pass(message: Buffer): void {
    for (const parser of this.#parsers) parser(message);
  }

  /** The socket is node-postgres' again, from `rest` on. */
  close(rest: Buffer): void {
    this.#over = true;
    this.#wire.removeListener('data', this.#onData);
    for (const parser of this.#parsers) this.#wire.on('data', parser);
    this.#wire.resume();
    this.pass(rest);
  }

  pause(): void {
    if (!this.#over) this.#wire.pause();
  }

  resume(): void {
    if (!this.#over) this.#wire.resume();
  }

  /** The connection cannot be used any more. */
  destroy(): void {
    this.#wire.destroy();
  }
}
