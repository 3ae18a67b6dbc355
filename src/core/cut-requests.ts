/** Ends the HTTP requests of code that takes no signal, by what Node tells of requests (`node:diagnostics_channel`). */
import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest } from 'node:http';

const STARTED = 'http.client.request.start';

const current = new AsyncLocalStorage<Set<ClientRequest>>();

/** Runs `work`, and destroys the requests that it started, by itself or through others, when `cut` fires: it has to. */
export function cutRequests<T>(work: () => Promise<T>, cut: AbortSignal): Promise<T> {
  const requests = new Set<ClientRequest>();
  const note = (message: unknown): void => {
    if (current.getStore() === requests) requests.add((message as { readonly request: ClientRequest }).request);
  };
  subscribe(STARTED, note);
  const end = (): void => {
    unsubscribe(STARTED, note);
    for (const request of requests) request.destroy();
  };
  cut.addEventListener('abort', end, { once: true });
  return current.run(requests, work);
}
