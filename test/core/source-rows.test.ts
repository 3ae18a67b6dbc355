import assert from 'node:assert/strict';
import { once } from 'node:events';
import { setImmediate as turn } from 'node:timers/promises';
import { Lifecycle } from '../../src/core/lifecycle.ts';
import { createSource } from '../../src/core/source.ts';
import type { Batch, Source } from '../../src/core/source.ts';
import { SOURCE, classify } from './memory-streams.ts';

const BATCHES = 40;
const BATCH = 100;

describe('a source of rows', () => {
  /** Batches that take a while to come, and how many were asked for at once. */
  const batches = (): { readonly source: Source<undefined>; readonly most: () => number } => {
    let asked = 0;
    let pulling = 0;
    let most = 0;
    const source = createSource<undefined, Batch>({
      lifecycle: new Lifecycle<undefined>(SOURCE, {}),
      highWaterMark: 64,
      objectMode: true,
      driver: () => ({
        async pull() {
          most = Math.max(most, (pulling += 1));
          const from = asked * BATCH;
          asked += 1;
          await turn();
          pulling -= 1;
          if (asked > BATCHES) return undefined;
          return { rows: Array.from({ length: BATCH }, (_, n) => from + n), bytes: BATCH };
        },
        abort: () => Promise.resolve(undefined),
        result: () => undefined,
        leftover: () => undefined,
        classify,
        totalBytes: undefined,
      }),
    });
    return { source, most: () => most };
  };
  const all = Array.from({ length: BATCHES * BATCH }, (_, n) => n);

  it('asks for one batch at a time, and loses no row, whichever way it is read', async () => {
    const ways: Readonly<Record<string, (source: Source<undefined>, found: unknown[]) => Promise<unknown>>> = {
      'in a loop': async (source, found) => {
        for await (const row of source) found.push(row);
      },
      'by data': (source, found) =>
        once(
          source.on('data', (row) => found.push(row)),
          'end',
        ),
      'by data that takes longer than a turn now and then': (source, found) => {
        source.on('data', (row) => {
          if (found.push(row) % 130 === 0) block(12);
        });
        return once(source, 'end');
      },
      'by data, with pauses': (source, found) => {
        source.on('data', (row) => {
          if (found.push(row) % 7 !== 0) return;
          source.pause();
          setImmediate(() => source.resume());
        });
        return once(source, 'end');
      },
      'by readable': (source, found) => {
        source.on('readable', () => {
          for (let row: unknown; (row = source.read()) !== null;) found.push(row);
        });
        return once(source, 'end');
      },
    };
    for (const [way, read] of Object.entries(ways)) {
      const { source, most } = batches();
      const found: unknown[] = [];
      await read(source, found);
      assert.deepEqual([most(), found.length], [1, all.length], way);
      assert.deepEqual(found, all, way);
    }
  });
});

/** Keeps the event loop for so many milliseconds. */
function block(ms: number): void {
  for (const until = performance.now() + ms; performance.now() < until;);
}
