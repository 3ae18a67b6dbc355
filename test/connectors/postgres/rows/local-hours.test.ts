import assert from 'node:assert/strict';
import { LocalHours } from '../../../../src/connectors/postgres/rows/local-hours.ts';

const ZONES = [
  'UTC',
  'America/St_Johns',
  'America/New_York',
  'Asia/Kathmandu',
  'Australia/Lord_Howe',
  'Africa/Casablanca',
  'Africa/Monrovia',
  'Pacific/Apia',
  'Asia/Pyongyang',
];
/** Of local mean times with their seconds, of Liberia's offset of 44 minutes and a half, and of now. */
const YEARS = [1883, 1972, 2011, 2015, 2018, 2026];
const MINUTES = [0, 14, 29, 30, 44, 59];

function inZone<T>(zone: string, work: () => T): T {
  const before = process.env['TZ'];
  process.env['TZ'] = zone;
  try {
    return work();
  } finally {
    if (before === undefined) delete process.env['TZ'];
    else process.env['TZ'] = before;
  }
}

/** Local times of a zone that differ from the clock's own, of every hour of the years. */
function differing(hours: LocalHours): string[] {
  const found: string[] = [];
  for (const year of YEARS) {
    for (let hour = 0; hour < 366 * 24; hour += 1) {
      // In UTC, so that no hour of the calendar is left out.
      const at = new Date(Date.UTC(year, 0, 1, hour));
      const day = [at.getUTCFullYear(), at.getUTCMonth(), at.getUTCDate(), at.getUTCHours()] as const;
      for (const minute of MINUTES) {
        const made = hours.date(...day, minute, 59, 999.9).getTime();
        if (made !== new Date(...day, minute, 59, 999.9).getTime()) found.push(`${day.join(' ')} ${minute}`);
      }
    }
  }
  return found;
}

describe('local hours', () => {
  for (const zone of ZONES) {
    it(`are those of the clock in ${zone}, every one of ${YEARS.length} years`, () => {
      assert.deepEqual(
        inZone(zone, () => differing(new LocalHours())),
        [],
      );
    });
  }

  it('look an hour up once, whose minutes are asked for often', () => {
    const hours = new LocalHours();
    const first = hours.date(2026, 10, 23, 12, 0, 0, 0);
    const second = hours.date(2026, 10, 23, 12, 1, 0, 0);
    // What was learnt of the hour holds, whatever the zone is now.
    const later = inZone('Asia/Kathmandu', () => hours.date(2026, 10, 23, 12, 2, 0, 0));
    assert.deepEqual([+second - +first, +later - +first], [60_000, 120_000]);
  });

  it('are not mistaken for those of a day or a clock that there is not', () => {
    const strange: [day: number, hour: number, minute: number][] = [
      [33, 5, 0],
      [1, 33, 0],
      [3, 1, 75],
    ];
    const usual: [month: number, day: number, hour: number][] = [
      [1, 1, 5],
      [0, 2, 1],
    ];
    const hours = new LocalHours();
    for (const [day, hour, minute] of [...strange, ...strange]) {
      assert.deepEqual(hours.date(2024, 0, day, hour, minute, 0, 0), new Date(2024, 0, day, hour, minute));
    }
    for (const day of [...usual, ...usual])
      assert.deepEqual(hours.date(2024, ...day, 7, 0, 0), new Date(2024, ...day, 7));
  });
});
