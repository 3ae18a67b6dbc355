/** A wire in memory, for subjects that have no server: it stalls, is cut, heals, and holds a commit back. */
import type { Fault, Wire } from './wire.ts';

export interface MemoryWire extends Wire {
  /** To be awaited before whatever a server would do. `contact` opens a connection, `commit` asks for durability. */
  pass(what?: 'contact' | 'commit'): Promise<void>;
}

export function memoryWire(): MemoryWire {
  let contacts = 0;
  let state: 'flowing' | 'stalled' | 'cut' = 'flowing';
  let onCommit: 'hold' | 'break' | undefined;
  let open = Promise.withResolvers<undefined>();
  const fault = Promise.withResolvers<undefined>();
  const broken = (): Error => new Error('the wire was cut');
  const arrange = (what: typeof onCommit): Fault => {
    onCommit = what;
    return { fired: fault.promise };
  };
  return {
    get contacts() {
      return contacts;
    },
    stall: () => void (state = 'stalled'),
    cut: () => void (state = 'cut'),
    heal() {
      state = 'flowing';
      onCommit = undefined;
      open.resolve(undefined);
      open = Promise.withResolvers();
    },
    holdCommit: () => arrange('hold'),
    breakCommit: () => arrange('break'),
    async pass(what) {
      if (what === 'contact') contacts += 1;
      if (what === 'commit' && onCommit !== undefined) {
        fault.resolve(undefined);
        if (onCommit === 'break') throw broken();
        await open.promise;
      }
      if (state === 'stalled') await open.promise;
      if (state === 'cut') throw broken();
    },
  };
}
