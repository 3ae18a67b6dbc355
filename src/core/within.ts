/** One request within its bound, cut when it is given up. */
import { connectorError } from '../errors.ts';
import { attempt } from './deadline.ts';

/** @throws TimeoutError `RESPONSE_TIMEOUT` after `ms` milliseconds, or the reason of `signal`. */
export type Within = <T>(ms: number, work: (cut: AbortSignal) => Promise<T>, signal?: AbortSignal) => Promise<T>;

/** For the requests to a service, by the name that people know it by. */
export function requestsTo(service: string): Within {
  return (ms, work, signal) =>
    attempt(work, { signal, timeout: { ms, code: 'RESPONSE_TIMEOUT', message: unanswered(service, ms) } });
}

/** Requests that follow each other within one work, as many as it takes: each has its own time. */
export class RequestSeries {
  readonly #service: string;
  #begin = (): void => undefined;

  constructor(service: string) {
    this.#service = service;
  }

  /** One request was answered: the time of the next one begins. */
  readonly next = (): void => this.#begin();

  readonly within: Within = async (ms, work, signal) => {
    const late = new AbortController();
    const giveUp = (): void => late.abort(connectorError('RESPONSE_TIMEOUT', unanswered(this.#service, ms)));
    let timer = setTimeout(giveUp, ms);
    this.#begin = () => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, ms);
    };
    try {
      return await attempt(work, {
        signal: signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]),
      });
    } finally {
      this.#begin = () => undefined;
      clearTimeout(timer);
    }
  };
}

const unanswered = (service: string, ms: number): string => `${service} did not answer in ${Math.round(ms)} ms`;
