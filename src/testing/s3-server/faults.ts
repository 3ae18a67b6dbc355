/** What can be made to go wrong, and when. An action counts as fired only when it took effect. */
import type { S3Request } from './request.ts';
import type { S3Operation } from './routes.ts';
import { isOperation } from './routes.ts';

/** How far into the reply's body, in bytes the client receives, exactly. */
export interface AfterBytes {
  readonly afterBytes: number;
}

/** Before the operation acts, or after it has acted and before it answers. */
export type FaultMoment = 'before' | 'after';

/**
 * One fault. Several rules may match a request; all of them apply, and of those that end the reply the first.
 *
 * - `status`, `code`: an error reply; the body is read, nothing is done.
 * - `reset`: TCP RST, before acting, after acting (a lost acknowledgement), or after so many bytes of the reply's body.
 * - `end`: FIN in mid-body although Content-Length promised more.
 * - `noLength`: a reply without Content-Length that ends with the connection; with `end`, too early.
 * - `stall`: stops answering and keeps the socket, until `release()`, `close()` or the client leaves.
 * - `delayMs`, `hold`: waits, by default when the request is complete and before acting.
 * - `corrupt`: flips the lowest bit of a byte of the reply's body, counted from 0.
 * - `ignoreRange`: 200 with the full body.
 * - `shiftRange`: adds to both ends of Content-Range; the body stays.
 * - `longerBody`: appends so many bytes and announces them.
 * - `errorInBody`: 200 with an error document; nothing is done.
 * - `dropHeader`: leaves a header out of the reply.
 * - `wrongChecksum`: another digest in every checksum header and element of the reply.
 * - `call`: a hook on arrival, before the body is read; then the request proceeds.
 */
export type FaultAction =
  | {
      readonly status: number;
      readonly code: string;
      readonly message?: string | undefined;
      readonly headers?: Readonly<Record<string, string>> | undefined;
    }
  | { readonly reset: FaultMoment | AfterBytes }
  | { readonly end: AfterBytes }
  | { readonly noLength: true; readonly end?: AfterBytes | undefined }
  | { readonly stall: FaultMoment | AfterBytes }
  | { readonly delayMs: number; readonly when?: FaultMoment | undefined }
  | { readonly hold: Promise<unknown>; readonly when?: FaultMoment | undefined }
  | { readonly corrupt: { readonly byte: number } }
  | { readonly ignoreRange: true }
  | { readonly shiftRange: number }
  | { readonly longerBody: number }
  | { readonly errorInBody: { readonly code: string; readonly message?: string | undefined } }
  | { readonly dropHeader: string }
  | { readonly wrongChecksum: true }
  | { readonly call: (request: S3Request) => void | Promise<void> };

/** Which requests: the nth of the operation (from 1, since the server started), every one, or those that pass a test. */
export type FaultSelector = number | 'always' | ((request: S3Request) => boolean);

/** A rule that is in force. */
export interface FaultHandle {
  /** How often it took effect. */
  readonly fired: number;
  /** Resolves with the first request it took effect on. */
  readonly firstFired: Promise<S3Request>;
  /** Lets stalled replies go on; later ones do not stall. */
  release(): void;
  /** Takes the rule back. */
  remove(): void;
}

/** A rule that matched a request. */
export interface Fault {
  readonly action: FaultAction;
  readonly released: Promise<void>;
  /** Counts it as fired. */
  fire(): void;
}

export interface Faults {
  on(operation: S3Operation | '*', nth: FaultSelector, action: FaultAction): FaultHandle;
  /** `total` counts the requests of all operations, for rules on `*`. */
  match(request: S3Request, total: number): readonly Fault[];
}

interface Rule {
  readonly matches: (request: S3Request, total: number) => boolean;
  readonly fault: (request: S3Request) => Fault;
}

export function createFaults(): Faults {
  const rules = new Set<Rule>();
  return {
    on(operation, nth, action) {
      if (operation !== '*' && !isOperation(operation)) throw new TypeError(`unknown operation ${String(operation)}`);
      const released = Promise.withResolvers<undefined>();
      const first = Promise.withResolvers<S3Request>();
      let fired = 0;
      const rule: Rule = {
        matches: (request, total) =>
          (operation === '*' || operation === request.operation) &&
          selects(nth, request, operation === '*' ? total : request.nth),
        fault: (request) => ({
          action,
          released: released.promise,
          fire() {
            fired += 1;
            first.resolve(request);
          },
        }),
      };
      rules.add(rule);
      return {
        get fired() {
          return fired;
        },
        firstFired: first.promise,
        release: () => released.resolve(undefined),
        remove: () => void rules.delete(rule),
      };
    },
    match: (request, total) =>
      [...rules].filter((rule) => rule.matches(request, total)).map((rule) => rule.fault(request)),
  };
}

function selects(selector: FaultSelector, request: S3Request, count: number): boolean {
  if (selector === 'always') return true;
  return typeof selector === 'number' ? selector === count : selector(request);
}
