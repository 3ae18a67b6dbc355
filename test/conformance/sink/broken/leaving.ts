/** Sinks that are wrong when they are left, fail or are aborted. */
import type { Sink } from '../../../../src/core/sink.ts';
import { ConnectorError, connectorError } from '../../../../src/errors.ts';
import { shows, storesAsItGoes, storesWhatItHas, without } from './broken-sink.ts';
import type { BrokenSink } from './broken-sink.ts';
import type { Spoil } from '../memory.ts';

const emitsLeaving: Spoil = {
  stream(sink) {
    const destroy = sink.destroy.bind(sink);
    sink.destroy = (error) => destroy(error ?? connectorError('ABORTED', 'left'));
  },
};

const keepsItsConnection: Spoil = { driver: () => ({ abort: () => Promise.resolve(undefined) }) };

const neverCloses: Spoil = { stream: (sink) => void (sink._destroy = () => undefined) };

const silent: Spoil = {
  stream(sink) {
    const settle = sink._destroy.bind(sink);
    sink._destroy = (error, done) => settle(error, () => done(null));
  },
};

const ownError: Spoil = {
  stream(sink) {
    const settle = sink._destroy.bind(sink);
    sink._destroy = (error, done) =>
      settle(error, (told) => done(told === null ? null : connectorError('UNKNOWN', 'it broke')));
  },
};

const errorsTwice: Spoil = { stream: (sink) => sink.once('error', (error) => sink.emit('error', error)) };

const saysDone: Spoil = {
  stream(sink) {
    const settled = sink.settled.then((told) => ({ ...told, outcome: 'done' }));
    return shows(sink, 'settled', { value: settled });
  },
};

const rejectsSettled: Spoil = {
  stream(sink) {
    const settled = sink.settled.then(({ error }) => Promise.reject(error ?? new Error('done')));
    settled.catch(() => undefined);
    return shows(sink, 'settled', { value: settled });
  },
};

const deaf: Spoil = { options: (options) => without(options, 'signal') };

/** Has an ear for its signal only in the beginning. */
const soonDeaf: Spoil = {
  options: (options) => (options.signal?.aborted === true ? options : without(options, 'signal')),
};

const otherReason: Spoil = {
  options: ({ signal, ...others }) => {
    const own = new AbortController();
    signal?.addEventListener('abort', () => own.abort(new Error('aborted')));
    return { ...others, signal: own.signal };
  },
};

const leavesAListener: Spoil = {
  stream: (_sink, _destination, _wire, { signal }) => signal?.addEventListener('abort', () => undefined),
};

/** Takes what broke for the end. */
const endsInstead: Spoil = {
  stream(sink) {
    const destroy = sink.destroy.bind(sink);
    sink.destroy = (error): Sink<unknown> => {
      if (error instanceof ConnectorError || sink.writableFinished) return destroy(error);
      sink.end();
      return sink;
    };
  },
};

const left = (when: string): string => `stores nothing, and closes, when it is destroyed ${when}`;
const broken = (when: string): string =>
  `stores nothing, and emits the error itself, once, when that destroys it ${when}`;
const aborted = (when: string): string => `fails with the signal's reason when that fires ${when}`;

export const brokenInLeaving: readonly BrokenSink[] = [
  {
    what: 'emits an error when it is left without one',
    refusedBy: left('before its first write'),
    spoil: emitsLeaving,
  },
  { what: 'never closes when it is left', refusedBy: left('in the turn of its first write'), spoil: neverCloses },
  { what: 'rejects `settled`', refusedBy: left('while it opens'), spoil: rejectsSettled },
  { what: 'keeps its connection when it is left', refusedBy: left('after its first chunk'), spoil: keepsItsConnection },
  { what: 'stores what it has when it is left', refusedBy: left('in the middle'), spoil: storesWhatItHas },
  { what: 'settles as done when it is left', refusedBy: left('while it makes its writer wait'), spoil: saysDone },
  {
    what: 'has finished, to all appearances, when it is left',
    refusedBy: left('in the turn of its end'),
    spoil: silent,
  },
  { what: 'emits its error twice', refusedBy: broken('before its first write'), spoil: errorsTwice },
  { what: 'keeps its error to itself', refusedBy: broken('in the turn of its first write'), spoil: silent },
  { what: 'puts another error in its place', refusedBy: broken('while it opens'), spoil: ownError },
  { what: 'stores what had come before the error', refusedBy: broken('after its first chunk'), spoil: storesWhatItHas },
  { what: 'keeps its connection when it has failed', refusedBy: broken('in the middle'), spoil: keepsItsConnection },
  { what: 'takes the error for its end', refusedBy: broken('while it makes its writer wait'), spoil: endsInstead },
  { what: 'goes on with its end', refusedBy: broken('in the turn of its end'), spoil: endsInstead },
  {
    what: 'takes the last of its reasons',
    refusedBy: 'keeps to its first reason when it is destroyed twice',
    spoil: {
      stream(sink) {
        let last: Error | undefined;
        const [destroy, settle] = [sink.destroy.bind(sink), sink._destroy.bind(sink)];
        sink.destroy = (error) => {
          last = error;
          return destroy(error);
        };
        sink._destroy = (_error, done) => queueMicrotask(() => settle(last ?? null, () => done(last)));
      },
    },
  },
  {
    what: 'forgets the callbacks of what it never took',
    refusedBy: 'calls back with an error for every write that it never took',
    spoil: {
      stream(sink) {
        const write = sink.write.bind(sink) as (chunk: unknown, callback: (error?: Error | null) => void) => boolean;
        Object.assign(sink, {
          write: (chunk: unknown, callback: (error?: Error | null) => void) =>
            write(chunk, (error) => {
              if (error === null || error === undefined) callback(error);
            }),
        });
      },
    },
  },
  {
    what: 'connects although it was destroyed',
    refusedBy: 'opens nothing when it is destroyed before its first use',
    spoil: { stream: (sink, _destination, wire) => sink.once('close', () => void wire.pass('contact')) },
  },
  {
    what: 'stores nothing, durably, of an upstream that failed at once',
    refusedBy: 'stores nothing when its upstream fails before the first byte, whose error passes unchanged',
    spoil: endsInstead,
  },
  {
    what: 'stores what an upstream gave before it failed',
    refusedBy: 'stores nothing when its upstream fails after the first bytes, whose error passes unchanged',
    spoil: endsInstead,
  },
  {
    what: 'stores what an upstream gave as it came',
    refusedBy: 'stores nothing when its upstream fails in the middle, whose error passes unchanged',
    spoil: storesAsItGoes,
  },
  {
    what: 'takes the close of its upstream for its end',
    refusedBy: 'stores nothing when its upstream closes without an end',
    spoil: endsInstead,
  },
  {
    what: 'stores what a generator gave before it threw',
    refusedBy: 'stores nothing when a generator that feeds it throws',
    spoil: endsInstead,
  },
  {
    what: 'finishes over a connection that is broken',
    refusedBy: 'fails once, and never finishes, when its connection breaks for good',
    spoil: {
      driver: (driver) => ({
        flush: () => driver.flush().catch(() => undefined),
        commit: (signal) => driver.commit(signal).catch(() => ({ bytes: 0 })),
      }),
    },
  },
  {
    what: 'passes on an error of somebody else',
    refusedBy: 'fails once, and never finishes, when its connection breaks for good',
    spoil: { driver: () => ({ classify: (error) => error as ConnectorError }) },
  },
  {
    what: 'takes no notice of a write that failed',
    refusedBy: 'rejects its pipeline with its failure, and its upstream is destroyed',
    spoil: {
      driver: (driver) => ({
        write: (chunks) => driver.write(chunks)?.catch(() => undefined),
        flush: () => Promise.resolve(),
        commit: () => Promise.resolve({ bytes: 0 }),
      }),
    },
  },
  {
    what: 'connects under a signal that had fired',
    refusedBy: 'opens nothing when the signal had fired before, and fails at its first use',
    spoil: {
      stream: (_sink, _destination, wire, { signal }) => void (signal?.aborted === true && wire.pass('contact')),
    },
  },
  { what: 'looks at its signal once', refusedBy: aborted('before its first write'), spoil: soonDeaf },
  {
    what: 'leaves a listener on the signal',
    refusedBy: aborted('in the turn of its first write'),
    spoil: leavesAListener,
  },
  { what: 'gives another reason than the signal', refusedBy: aborted('while it opens'), spoil: otherReason },
  { what: 'has no ear for its signal', refusedBy: aborted('after its first chunk'), spoil: deaf },
  { what: 'stores what it has when it is aborted', refusedBy: aborted('in the middle'), spoil: storesWhatItHas },
  {
    what: 'keeps its connection when it is aborted',
    refusedBy: aborted('while it makes its writer wait'),
    spoil: keepsItsConnection,
  },
  { what: 'finishes although it was aborted', refusedBy: aborted('in the turn of its end'), spoil: deaf },
  {
    what: 'leaves a listener on the signal when it has finished',
    refusedBy: 'takes no notice of a signal that fires after its finish, and has left it alone by then',
    spoil: leavesAListener,
  },
  {
    what: "loses the reason of a pipeline's signal",
    refusedBy: "is ended by a pipeline's own signal, and its settlement has the signal's reason",
    spoil: {
      stream(sink) {
        const destroy = sink.destroy.bind(sink);
        sink.destroy = () => destroy(connectorError('ABORTED', 'aborted'));
      },
    },
  },
  {
    what: 'has all the time in the world',
    refusedBy: 'fails when its timeout runs out while its writer is silent',
    spoil: { options: (options) => without(options, 'timeout') },
  },
  {
    what: 'counts its time from its first use',
    refusedBy: 'fails at its first use when its timeout ran out before',
    spoil: { options: (options) => without(options, 'timeout') },
  },
  {
    what: 'waits for ever for a clean-up',
    refusedBy: 'settles in time when it is aborted over a wire that carries nothing any more',
    spoil: {
      options: (options) => without(options, 'cleanupTimeout'),
      driver: () => ({ abort: () => new Promise(() => undefined) }),
    },
  },
];
