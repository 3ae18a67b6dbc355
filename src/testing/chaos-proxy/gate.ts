/** Shut while anybody holds it. */

export interface Gate {
  readonly open: boolean;
  /** Shuts the gate. Calling the answer lets go, once. */
  hold(): () => void;
  /** Everybody lets go. */
  releaseAll(): void;
  /** Resolves when nobody holds it. */
  passed(): Promise<void>;
}

export const createGate = (): Gate => {
  const holds = new Set<symbol>();
  let waiting: (() => void)[] = [];
  const wake = () => {
    if (holds.size > 0) return;
    const woken = waiting;
    waiting = [];
    for (const resolve of woken) resolve();
  };
  return {
    get open() {
      return holds.size === 0;
    },
    hold() {
      const mine = Symbol('hold');
      holds.add(mine);
      return () => {
        holds.delete(mine);
        wake();
      };
    },
    releaseAll() {
      holds.clear();
      wake();
    },
    async passed() {
      while (holds.size > 0) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
};
