/** One connection of the draining server. Message bodies of COPY are counted and never looked at otherwise. */
import type { Socket } from 'node:net';
import { countLines } from './count-lines.ts';
import * as send from './postgres-messages.ts';
import { answerTo, statements } from './postgres-statements.ts';
import type { Answer } from './postgres-statements.ts';

export interface DrainSettings {
  /** What a COPY FROM says it loaded: lines that are counted, or a number that costs nothing. */
  readonly rows: 'count' | number;
  /** Whole CopyData messages, one a row as a server sends them, and how many rows they are. */
  readonly block: { readonly bytes: Buffer; readonly rows: number };
  /** How many blocks a COPY TO sends. */
  readonly blocks: number;
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const COPY_DATA = 0x64;

export class PostgresSession {
  readonly pid: number;
  readonly #socket: Socket;
  readonly #settings: DrainSettings;
  readonly #cancel: (pid: number) => void;
  #started = false;
  /** A message that has not come whole. */
  #held: Buffer = Buffer.alloc(0);
  /** Bytes of a CopyData body still to come. */
  #skip = 0;
  #rows = 0;
  #status: send.TransactionStatus = 'I';
  #queue: string[] = [];
  #mode: 'idle' | 'copy in' | 'copy out' = 'idle';
  #cancelled = false;
  #prepared = '';

  constructor(socket: Socket, pid: number, settings: DrainSettings, cancel: (pid: number) => void) {
    this.#socket = socket;
    this.pid = pid;
    this.#settings = settings;
    this.#cancel = cancel;
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
  }

  cancel(): void {
    this.#cancelled = true;
    if (this.#mode === 'copy in') this.#fail('57014', 'canceling statement due to user request');
  }

  #take(chunk: Buffer): void {
    let bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (this.#skip > 0) {
        const body = bytes.subarray(0, this.#skip);
        if (this.#mode === 'copy in' && this.#settings.rows === 'count') this.#rows += countLines(body);
        this.#skip -= body.length;
        bytes = bytes.subarray(body.length);
        continue;
      }
      const headBytes = this.#started ? 5 : 4;
      const length = bytes.length < headBytes ? undefined : bytes.readInt32BE(headBytes - 4);
      if (length !== undefined && this.#started && bytes[0] === COPY_DATA) {
        this.#skip = length - 4;
        bytes = bytes.subarray(headBytes);
        continue;
      }
      const whole = length === undefined ? Infinity : length + headBytes - 4;
      if (bytes.length < whole) {
        this.#held = Buffer.from(bytes);
        return;
      }
      const body = bytes.subarray(headBytes, whole);
      if (this.#started) this.#message(String.fromCharCode(bytes[0] ?? 0), body);
      else this.#startup(body);
      bytes = bytes.subarray(whole);
    }
  }

  #startup(body: Buffer): void {
    const code = body.readInt32BE(0);
    if (code === SSL_REQUEST || code === GSS_REQUEST) {
      this.#socket.write('N');
      return;
    }
    if (code === CANCEL_REQUEST) {
      this.#cancel(body.readInt32BE(4));
      this.#socket.end();
      return;
    }
    this.#started = true;
    const parameters = {
      server_version: '18.0',
      server_encoding: 'UTF8',
      client_encoding: 'UTF8',
      standard_conforming_strings: 'on',
      DateStyle: 'ISO, MDY',
      integer_datetimes: 'on',
    };
    const status = Object.entries(parameters).map(([name, value]) => send.parameterStatus(name, value));
    this.#write(send.AUTHENTICATION_OK, ...status, send.backendKey(this.pid, this.pid), this.#ready());
  }

  #message(type: string, body: Buffer): void {
    const text = (from: number): string => body.toString('utf8', from, body.indexOf(0, from));
    if (type === 'Q') {
      this.#queue = [...statements(text(0))];
      this.#next();
    } else if (type === 'P') {
      this.#prepared = text(body.indexOf(0) + 1);
      this.#write(send.PARSE_COMPLETE);
    } else if (type === 'B') this.#write(send.BIND_COMPLETE);
    else if (type === 'D') this.#write(this.#description());
    else if (type === 'E') this.#answer(answerTo(this.#prepared, this.pid), false);
    else if (type === 'C') this.#write(send.CLOSE_COMPLETE);
    else if (type === 'S') this.#write(this.#ready());
    else if (type === 'c') this.#copied();
    else if (type === 'f') this.#fail('57014', 'COPY from stdin failed');
    else if (type === 'X') this.#socket.end();
  }

  /** The rest of a query's statements, up to a COPY that needs the client. */
  #next(): void {
    for (;;) {
      const statement = this.#queue.shift();
      if (statement === undefined) break;
      if (this.#answer(answerTo(statement, this.pid), true)) return;
    }
    this.#write(this.#ready());
  }

  /** True when the answer is a COPY, which goes on by itself. */
  #answer(answer: Answer, described: boolean): boolean {
    this.#cancelled = false;
    switch (answer.kind) {
      case 'copy in':
        this.#mode = 'copy in';
        this.#rows = 0;
        this.#write(send.COPY_IN);
        return true;
      case 'copy out':
        this.#mode = 'copy out';
        this.#write(send.COPY_OUT);
        this.#stream(this.#settings.blocks);
        return true;
      case 'rows': {
        const rows = answer.rows.map((values) => send.dataRow(values));
        const head = described ? [send.rowDescription(answer.columns)] : [];
        this.#write(...head, ...rows, send.commandComplete(`SELECT ${rows.length}`));
        return false;
      }
      case 'done':
        this.#status = answer.status ?? this.#status;
        this.#write(send.commandComplete(answer.tag));
        return false;
      case 'empty':
        this.#write(send.EMPTY_QUERY);
        return false;
    }
  }

  #description(): Buffer {
    const answer = answerTo(this.#prepared, this.pid);
    return answer.kind === 'rows' ? send.rowDescription(answer.columns) : send.NO_DATA;
  }

  #copied(): void {
    // A client whose COPY has failed may still have sent its end.
    if (this.#mode !== 'copy in') return;
    this.#mode = 'idle';
    const { rows } = this.#settings;
    this.#write(send.commandComplete(`COPY ${rows === 'count' ? this.#rows : rows}`));
    this.#next();
  }

  #stream(left: number): void {
    const { block, blocks } = this.#settings;
    for (let count = left; count > 0; count -= 1) {
      if (this.#cancelled) {
        this.#fail('57014', 'canceling statement due to user request');
        return;
      }
      if (!this.#socket.write(block.bytes)) {
        this.#socket.once('drain', () => this.#stream(count - 1));
        return;
      }
    }
    this.#mode = 'idle';
    this.#write(send.COPY_DONE, send.commandComplete(`COPY ${block.rows * blocks}`));
    this.#next();
  }

  #fail(sqlState: string, text: string): void {
    this.#mode = 'idle';
    this.#queue = [];
    if (this.#status === 'T') this.#status = 'E';
    this.#write(send.errorResponse(sqlState, text), this.#ready());
  }

  #ready(): Buffer {
    return send.readyForQuery(this.#status);
  }

  #write(...messages: readonly Buffer[]): void {
    this.#socket.write(Buffer.concat(messages));
  }
}
