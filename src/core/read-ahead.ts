/** The next item of what is read in pieces is asked for while the one before is used: one piece ahead, and no more. */
import { OVER } from './deadline.ts';

/** `stop` is called, once, when it is over or left early: it has to end the wait for a piece that nobody wants any more. */
export async function* readAhead<T>(
  pieces: AsyncGenerator<T, void, undefined>,
  stop: () => void,
): AsyncGenerator<T, void, undefined> {
  let next = pieces.next();
  try {
    for (;;) {
      const piece = await next;
      if (piece.done === true) return;
      next = pieces.next();
      // Its failure is told when it is its turn, if that comes.
      next.catch(() => undefined);
      yield piece.value;
    }
  } finally {
    stop();
    await next.catch(() => undefined);
  }
}

/** The same of pages that are asked for on a signal of their own: leaving them early ends the request for the next. */
export function pagesAhead<T>(
  signal: AbortSignal,
  open: (signal: AbortSignal) => AsyncGenerator<T, void, undefined>,
): AsyncGenerator<T, void, undefined> {
  const over = new AbortController();
  return readAhead(open(AbortSignal.any([signal, over.signal])), () => over.abort(OVER));
}
