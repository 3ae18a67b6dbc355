/** What the first of several callers opens, and all of them use; after a failure the next one opens it anew. */

export function openedOnce<T>(open: () => Promise<T>): () => Promise<T> {
  let opened: Promise<T> | undefined;
  return async () => {
    try {
      return await (opened ??= open());
    } catch (error) {
      // A secret that came too late may be there by then.
      opened = undefined;
      throw error;
    }
  };
}
