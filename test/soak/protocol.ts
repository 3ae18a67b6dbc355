/** What the soak and the process under test say to each other. */

/** An object into a table, its rows into another one, these as bytes of COPY into a third, and that into an object. */
export const KINDS = ['load', 'rows', 'recode', 'unload'] as const;

/** One transfer to make. */
export interface Order {
  readonly id: number;
  readonly lane: number;
  readonly kind: (typeof KINDS)[number];
  /** An object's address, or a table's name. */
  readonly from: string;
  readonly to: string;
  /** Rows that have to arrive. */
  readonly rows: number;
  /** The whole transfer's. */
  readonly timeoutMs: number;
  /** When the caller loses patience; `undefined`: never. */
  readonly abortAfterMs: number | undefined;
}

/** What a stream said of itself when it settled. */
export interface StreamEnd {
  readonly outcome: 'done' | 'not-done' | 'unknown';
  readonly cleanup: 'confirmed' | 'unconfirmed';
  readonly leftover: Readonly<Record<string, string | number>> | undefined;
  readonly code: string | undefined;
  readonly stage: string | undefined;
  readonly rows: number | undefined;
}

export interface TransferReport {
  readonly id: number;
  readonly ms: number;
  /** From the end of the pipeline until both streams had settled; `undefined`: they had not, in the time allowed. */
  readonly settleMs: number | undefined;
  /** The code of what the pipeline rejected with; `undefined` when it resolved. */
  readonly failure: string | undefined;
  readonly source: StreamEnd | undefined;
  readonly sink: StreamEnd | undefined;
  /** What no caller should ever see, in words: an error without a type, a secret in a message, a forgotten listener. */
  readonly faults: readonly string[];
}

/** What the process under test held at a moment, after a garbage collection. Memory in bytes. */
export interface Sample {
  /** Since the soak began. */
  readonly atMs: number;
  readonly rss: number;
  readonly heap: number;
  /** Buffers outside the heap. */
  readonly external: number;
  readonly sockets: number;
  readonly timers: number;
  /** Whatever else keeps an event loop busy. */
  readonly others: number;
}

/** How the process under test reaches the servers, and what must appear in no error. */
export interface Surroundings {
  readonly dsn: string;
  readonly caCertificate: string;
  readonly store: {
    readonly endpointUrl: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  readonly secrets: readonly string[];
  readonly startedAt: number;
  readonly leak: LeakKind | undefined;
}

/** What the process under test loses on purpose, to see that the soak notices. */
export type LeakKind = 'memory' | 'socket' | 'listener';

export type ToWorker =
  | { readonly type: 'begin'; readonly surroundings: Surroundings }
  | { readonly type: 'transfer'; readonly order: Order }
  | { readonly type: 'close' };

export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'report'; readonly report: TransferReport }
  | { readonly type: 'sample'; readonly sample: Sample }
  /** Everything was closed; what is still held. */
  | { readonly type: 'closed'; readonly sample: Sample };

/** Bounds that the streams of the process under test are given, in milliseconds. */
export const CLEANUP_MS = 3_000;
export const COMMIT_MS = 8_000;
/** For a machine that has other things to do. */
export const SLACK_MS = 3_000;
