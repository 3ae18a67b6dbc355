/** Something that is started when it is first needed, and ended once. */

export interface Once<T> {
  get(): Promise<T>;
  close(): Promise<void>;
}

export function once<T extends AsyncDisposable>(start: () => Promise<T>): Once<T> {
  let started: Promise<T> | undefined;
  return {
    get: () => (started ??= start()),
    async close() {
      await (await started)?.[Symbol.asyncDispose]();
      started = undefined;
    },
  };
}
