import assert from 'node:assert/strict';
import { STAGES } from '../../src/core/deadline.ts';
import { POINTS, isStruck } from './stages/points.ts';
import { WHERE, adlsStreams, postgresStreams, s3Streams } from './stages/table.ts';
import type { Weapon } from './stages/strike.ts';

const unstarted = (): never => assert.fail('no server is needed to look at the table');

describe('the points at which operations are struck', () => {
  const streams = [...s3Streams, ...adlsStreams, ...postgresStreams(unstarted)];
  const cells = streams.flatMap((stream) => WHERE.map(([point]) => ({ stream, point, reach: stream.points[point] })));

  it('are sixteen for each of twelve streams', () => {
    assert.equal(Object.keys(POINTS).length, 16);
    assert.deepEqual(
      streams.map(({ name }) => name),
      [
        's3ObjectSource',
        's3Source',
        's3ObjectSink',
        's3Sink',
        'adlsFileSource',
        'adlsSource',
        'adlsFileSink',
        'adlsSink',
        'pgCopyFrom',
        'pgCopyRows',
        'pgCopyTo',
        'pgQueryRows',
      ],
    );
    assert.equal(cells.length, 192);
  });

  it('are left out only where a reason says that there is no such point', () => {
    const absent = cells.filter(({ reach }) => 'absent' in reach);
    for (const { reach } of absent) assert.ok('absent' in reach && reach.absent.length > 10);
    assert.equal(absent.length, 42);
  });

  it('are struck by two signals, a deadline and everything at once, but for reasons given', () => {
    const count = (weapon: Weapon) => cells.filter(({ point, reach }) => isStruck(point, reach, weapon)).length;
    const weapons = ['its signal', "the pipeline's signal", 'its deadline', 'everything at once'] as const;
    assert.deepEqual(weapons.map(count), [150, 150, 142, 132]);
  });

  it('cover every stage: a new one needs a fault test', () => {
    const struck = new Set<string>(cells.flatMap(({ reach }) => ('stage' in reach ? [reach.stage] : [])));
    // What is struck while it cleans up has already failed, in the stage before.
    if (cells.some(({ point, reach }) => point === 'cleanUp' && 'stage' in reach)) struck.add('cleanup');
    assert.deepEqual([...struck].sort(), [...STAGES].sort());
  });
});
