/** What can be made to go wrong, and when. An action counts as fired only when it took effect. */

/** The least that every request is known by. */
export interface SeenRequest {
  readonly operation: string;
  /** Which request of this operation it is, counted from 1 since the server started. */
  readonly nth: number;
}

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
export type FaultAction<R> =
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
  | { readonly call: (request: R) => void | Promise<void> };

/** Which requests: the nth of the operation (from 1, since the server started), every one, or those that pass a test. */
export type FaultSelector<R> = number | 'always' | ((request: R) => boolean);

/** A rule that is in force. */
export interface FaultHandle<R> {
  /** How often it took effect. */
  readonly fired: number;
  /** Resolves with the first request it took effect on. */
  readonly firstFired: Promise<R>;
  /** Lets stalled replies go on; later ones do not stall. */
  release(): void;
  /** Takes the rule back. */
  remove(): void;
}

/** A rule that matched a request. */
export interface Fault<R = never> {
  readonly action: FaultAction<R>;
  readonly released: Promise<void>;
  /** Counts it as fired. */
  fire(): void;
}

export interface Faults<R extends SeenRequest> {
  on(operation: R['operation'] | '*', nth: FaultSelector<R>, action: FaultAction<R>): FaultHandle<R>;
  /** `total` counts the requests of all operations, for rules on `*`. */
  match(request: R, total: number): readonly Fault<R>[];
}

interface Rule<R> {
  readonly matches: (request: R, total: number) => boolean;
  readonly fault: (request: R) => Fault<R>;
}

export function createFaults<R extends SeenRequest>(isOperation: (name: string) => boolean): Faults<R> {
  const rules = new Set<Rule<R>>();
  return {
    on(operation, nth, action) {
      if (operation !== '*' && !isOperation(operation)) throw new TypeError(`unknown operation ${operation}`);
      const released = Promise.withResolvers<undefined>();
      const first = Promise.withResolvers<R>();
      let fired = 0;
      const rule: Rule<R> = {
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

function selects<R>(selector: FaultSelector<R>, request: R, count: number): boolean {
  if (selector === 'always') return true;
  return typeof selector === 'number' ? selector === count : selector(request);
}
