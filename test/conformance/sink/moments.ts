/** The moments at which something may happen to a sink before its commit is on the way. */
import { setImmediate as turn } from 'node:timers/promises';
import { cut, sample } from '../sample.ts';
import type { SinkPlace } from './place.ts';
import type { Opened } from './writing.ts';
import { writeOne } from './writing.ts';

export interface Moment {
  readonly when: string;
  /** Up to that moment; what then happens to the sink happens in the same turn. */
  readonly reach: (opened: Opened, place: SinkPlace) => Promise<unknown>;
  /** The sink has been ended. */
  readonly ended?: true;
}

export const MOMENTS: readonly Moment[] = [
  { when: 'before its first write', reach: () => Promise.resolve() },
  { when: 'in the turn of its first write', reach: ({ sink }) => Promise.resolve(sink.write(sample(100))) },
  { when: 'while it opens', reach: ({ sink }) => Promise.resolve(sink.write(sample(100))).then(() => turn()) },
  { when: 'after its first chunk', reach: (opened, place) => writeOne(place, opened, sample(100)) },
  {
    when: 'in the middle',
    async reach(opened, place) {
      for (const chunk of cut(sample(place.someBytes), 16_000)) await writeOne(place, opened, chunk);
    },
  },
  {
    when: 'while it makes its writer wait',
    async reach({ sink }, place) {
      while (sink.write(sample(16_000)));
      await Promise.resolve(place);
    },
  },
  {
    when: 'in the turn of its end',
    ended: true,
    async reach(opened, place) {
      await writeOne(place, opened, sample(100));
      opened.sink.end();
    },
  },
];
