/** Listeners on the signals that tests make: those of a user, in whose place the tests are. */
import { getEventListeners } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Watch } from './watch.ts';

const TESTS = path.join(import.meta.dirname, '../..');
const signals = new Map<AbortSignal, string>();

/** Remembers who made it. What src/ makes for itself is not watched: it goes with its stream. */
class WatchedAbortController extends AbortController {
  constructor() {
    super();
    const maker = caller();
    if (maker?.startsWith(TESTS) === true) signals.set(this.signal, path.relative(TESTS, maker));
  }
}
globalThis.AbortController = WatchedAbortController;

export const signalWatch: Watch = {
  begin: () => signals.clear(),
  leaks: () =>
    [...signals].flatMap(([signal, maker]) => {
      const left = getEventListeners(signal, 'abort').length;
      return left === 0 ? [] : [`${left} listeners are left on the signal made at test/${maker}`];
    }),
};

/** `file:line:column` of whoever called `new`. */
function caller(): string | undefined {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 1;
  const holder: { stack?: string } = {};
  Error.captureStackTrace(holder, WatchedAbortController);
  Error.stackTraceLimit = stackTraceLimit;
  const [, url] = /\(?(file:\/\/[^)\s]+)\)?$/.exec(holder.stack ?? '') ?? [];
  if (url === undefined) return undefined;
  const [, file = '', position = ''] = /^(.*?)(:\d+:\d+)$/.exec(url) ?? [];
  return fileURLToPath(file) + position;
}
