/** A wire that is no socket of Node's, as drivers over WebSockets have one: nobody can hold it back or read beside them. */
import { EventEmitter } from 'node:events';
import net from 'node:net';

/** What node-postgres asks of a stream, and no more. */
export class ForeignWire extends EventEmitter {
  readonly #socket = new net.Socket();

  constructor() {
    super();
    for (const name of ['connect', 'data', 'end', 'close', 'error']) {
      this.#socket.on(name, (...args: unknown[]) => this.emit(name, ...args));
    }
  }

  connect(port: number, host: string): void {
    this.#socket.connect(port, host);
  }

  get writable(): boolean {
    return this.#socket.writable;
  }

  setNoDelay(on: boolean): void {
    this.#socket.setNoDelay(on);
  }

  setKeepAlive(on: boolean, ms: number): void {
    this.#socket.setKeepAlive(on, ms);
  }

  write(bytes: Buffer, done?: (error?: Error | null) => void): boolean {
    return this.#socket.write(bytes, done);
  }

  end(): void {
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }
}
