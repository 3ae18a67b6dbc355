/** Sources that are wrong when they are left, fail or are aborted. */
import type { Source } from '../../../../src/core/source.ts';
import { ConnectorError, connectorError } from '../../../../src/errors.ts';
import { shows, without } from './broken-source.ts';
import type { BrokenSource } from './broken-source.ts';

export const brokenInLeaving: readonly BrokenSource[] = [
  {
    what: 'rejects `settled`',
    refusedBy: 'is left without an error, and closes, when it is destroyed while it opens',
    spoil: {
      stream: (source) => {
        const settled = source.settled.then(({ error }) => Promise.reject(error ?? new Error('done')));
        settled.catch(() => undefined);
        return shows(source, 'settled', { value: settled });
      },
    },
  },
  {
    what: 'settles as done when it was left',
    refusedBy: 'is left without an error, and closes, when it is destroyed after its first chunk',
    spoil: {
      stream: (source) => {
        const settled = source.settled.then((told) => ({ ...told, outcome: 'done' }));
        return shows(source, 'settled', { value: settled });
      },
    },
  },
  {
    what: 'emits an error when it is left without one',
    refusedBy: 'is left without an error, and closes, when it is destroyed before its first read',
    spoil: {
      stream: (source) => {
        const destroy = source.destroy.bind(source);
        source.destroy = (error) => destroy(error ?? connectorError('ABORTED', 'left'));
      },
    },
  },
  {
    what: 'keeps its connection when it is left',
    refusedBy: 'is left without an error, and closes, when it is destroyed after its first chunk',
    spoil: { driver: () => ({ abort: () => Promise.resolve(undefined) }) },
  },
  {
    what: 'never closes when it is left',
    refusedBy: 'is left without an error, and closes, when it is destroyed in the turn of its first read',
    spoil: { stream: (source) => void (source._destroy = () => undefined) },
  },
  {
    what: 'puts an error of its own in the place of another',
    refusedBy: 'emits the error that destroys it while it opens, itself, once',
    spoil: {
      stream: (source) => {
        const destroy = source._destroy.bind(source);
        source._destroy = (error, done) =>
          destroy(error, (told) => done(told === null ? null : connectorError('UNKNOWN', 'it broke')));
      },
    },
  },
  {
    what: 'emits its error twice',
    refusedBy: 'emits the error that destroys it before its first read, itself, once',
    spoil: { stream: (source) => source.once('error', (error) => source.emit('error', error)) },
  },
  {
    what: 'takes the last of its reasons',
    refusedBy: 'keeps to its first reason when it is destroyed twice',
    spoil: {
      stream: (source) => {
        let last: Error | undefined;
        const [destroy, settle] = [source.destroy.bind(source), source._destroy.bind(source)];
        source.destroy = (error) => {
          last = error;
          return destroy(error);
        };
        source._destroy = (_error, done) => queueMicrotask(() => settle(last ?? null, () => done(last)));
      },
    },
  },
  {
    what: 'gives data when it was destroyed',
    refusedBy: 'is left without an error, and closes, when it is destroyed after its first chunk',
    spoil: { stream: (source) => source.once('close', () => source.emit('data', Buffer.from('x'))) },
  },
  {
    what: 'connects although it was destroyed',
    refusedBy: 'opens nothing when it is destroyed before its first read, nor afterwards',
    spoil: { stream: (source, wire) => source.once('close', () => void wire.pass('contact')) },
  },
  {
    what: 'ends when it has failed',
    refusedBy: 'fails once, and never ends, when its connection breaks for good',
    spoil: { stream: (source) => source.once('error', () => source.emit('end')) },
  },
  {
    what: 'takes a broken connection for the end',
    refusedBy: 'rejects its pipeline with its failure, and its neighbour does not finish',
    spoil: { driver: (driver) => ({ pull: () => driver.pull().catch(() => undefined) }) },
  },
  {
    what: 'passes on an error of somebody else',
    refusedBy: 'fails once, and never ends, when its connection breaks for good',
    spoil: { driver: () => ({ classify: (error) => error as ConnectorError }) },
  },
  {
    what: 'ends a loop when it has failed',
    refusedBy: 'throws its failure out of a `for await`',
    spoil: { driver: (driver) => ({ pull: () => driver.pull().catch(() => undefined) }) },
  },
  {
    what: 'goes on when its neighbour has failed',
    refusedBy: 'is ended by the failure of its neighbour, which comes out of the pipeline unchanged',
    spoil: {
      stream: (source) => {
        const destroy = source.destroy.bind(source);
        source.destroy = (error) => (error instanceof ConnectorError ? destroy(error) : source);
      },
    },
  },
  {
    what: 'goes on when its neighbour has closed',
    refusedBy: 'is ended by a neighbour that closes too early',
    spoil: { stream: (source) => void (source.destroy = () => source) },
  },
  {
    what: 'connects under a signal that had fired',
    refusedBy: 'opens nothing when the signal had fired before, and fails at its first use',
    spoil: { stream: (_source, wire, { signal }) => void (signal?.aborted === true && wire.pass('contact')) },
  },
  {
    what: 'has no ear for its signal',
    refusedBy: "fails with the signal's reason when that fires while its reader holds it back",
    spoil: { options: (options) => without(options, 'signal') },
  },
  {
    what: 'looks at its signal when it is made, and never again',
    refusedBy: "fails with the signal's reason when that fires before its first read",
    spoil: { options: ({ signal, ...others }) => (signal?.aborted === true ? { signal, ...others } : others) },
  },
  {
    what: 'gives another reason than the signal',
    refusedBy: "fails with the signal's reason when that fires while it opens",
    spoil: {
      options: ({ signal, ...others }) => {
        const own = new AbortController();
        signal?.addEventListener('abort', () => own.abort(new Error('aborted')));
        return { ...others, signal: own.signal };
      },
    },
  },
  {
    what: 'leaves a listener on the signal',
    refusedBy: 'takes no notice of a signal that fires after its end, and has left it alone by then',
    spoil: { stream: (_source, _wire, { signal }) => signal?.addEventListener('abort', () => undefined) },
  },
  {
    what: 'leaves a listener on the signal that has fired',
    refusedBy: "fails with the signal's reason when that fires in the turn of its first read",
    spoil: { stream: (_source, _wire, { signal }) => signal?.addEventListener('abort', () => undefined) },
  },
  {
    what: "loses the reason of a pipeline's signal",
    refusedBy: "is ended by a pipeline's own signal, and its settlement has the signal's reason",
    spoil: {
      stream: (source) => {
        const destroy = source.destroy.bind(source);
        source.destroy = () => destroy(connectorError('ABORTED', 'aborted'));
      },
    },
  },
  {
    what: 'has all the time in the world',
    refusedBy: 'fails when its timeout runs out while its reader holds it back',
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
  {
    what: 'keeps to itself what destroyed it while it opened',
    refusedBy: 'emits the error that destroys it in the turn of its first read, itself, once',
    spoil: { stream: silent },
  },
  {
    what: 'keeps to itself what destroyed it',
    refusedBy: 'emits the error that destroys it after its first chunk, itself, once',
    spoil: { stream: silent },
  },
];

function silent(source: Source<unknown>): void {
  const settle = source._destroy.bind(source);
  source._destroy = (error, done) => settle(error, () => done(null));
}
