import assert from 'node:assert/strict';
import { describePostgres } from '../../support/postgres.ts';
import { adlsStreams, playAll, postgresStreams, s3Streams, struckAt } from '../stages/table.ts';
import type { StruckStream } from '../stages/table.ts';
import { CANARIES } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import { useKeeper } from './role.ts';

const WEAPONS = ['its signal', 'its deadline'] as const;
const ROWS = [{ name: 'the value of a row', value: 'row 1' }];

/** Plays all points of a stream together; what is told of all of them is one text. */
const suites = (stream: StruckStream): void => {
  for (const weapon of WEAPONS) {
    const points = struckAt(stream, weapon).length;
    it(`of ${stream.name}, struck by ${weapon} at each of ${points} points`, async function () {
      this.timeout(120_000);
      assert.ok(points >= 9);
      const heard = await hearing(async (ear) => {
        assert.deepEqual(await playAll(stream, weapon, ear.watch), new Map());
      });
      assert.ok(heard.spans >= points - 2, `${heard.spans} spans`);
      assert.ok(heard.errors >= points - 2, `${heard.errors} errors`);
      assertNoCanary(heard.text, [...CANARIES, ...ROWS]);
    });
  }
};

describe('no secret is in anything that is told', () => {
  it('of four streams of S3', () => assert.equal(s3Streams.length, 4));
  for (const stream of s3Streams) suites(stream);
  it('of four streams of ADLS', () => assert.equal(adlsStreams.length, 4));
  for (const stream of adlsStreams) suites(stream);
});

describePostgres('no secret and no row is in anything that is told', (context) => {
  const streams = postgresStreams(useKeeper(context));
  it('of four streams of Postgres', () => assert.equal(streams.length, 4));
  for (const stream of streams) suites(stream);
});
