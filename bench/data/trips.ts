/** Made-up taxi trips as CSV: 15 columns, about 117 bytes a row, the same bytes for the same seed on every machine. */

export const TRIP_COLUMNS = [
  'id bigint',
  'vendor smallint',
  'picked_up_at timestamp',
  'dropped_off_at timestamp',
  'passengers smallint',
  'distance numeric(6,2)',
  'rate smallint',
  'stored text',
  'pickup_zone text',
  'dropoff_zone text',
  'payment text',
  'fare numeric(8,2)',
  'tip numeric(8,2)',
  'tolls numeric(8,2)',
  'total numeric(8,2)',
] as const;

export const TRIP_HEADER = `${TRIP_COLUMNS.map((column) => column.split(' ')[0] ?? '').join(',')}\n`;

const FIRST_PICKUP_S = Date.UTC(2026, 0, 1) / 1000;
const PAYMENTS = [
  'CREDIT CARD',
  'CREDIT CARD',
  'CREDIT CARD',
  'CASH',
  'CASH',
  'NO CHARGE',
  'DISPUTED',
  'MOBILE WALLET',
];
const BOROUGHS = ['Manhattan', 'Manhattan', 'Manhattan', 'Brooklyn', 'Queens', 'Bronx', 'Staten Island'];
const ZONES = Array.from({ length: 265 }, (_, zone) => `${BOROUGHS[zone % BOROUGHS.length] ?? ''} ${zone + 1}`);
const BLOCK_BYTES = 1024 * 1024;
const LONGEST_LINE = 256;

/** The header line, then `rows` trips in the order of their pickup, in blocks of about 1 MiB of whole lines. */
export function* tripsCsv(rows: number, seed: number): Generator<Buffer, void, undefined> {
  const below = randomNumbers(seed);
  // Straight into bytes: a text that grows for a MiB makes a heap of ropes for the collector.
  let block = Buffer.allocUnsafe(BLOCK_BYTES);
  let end = block.write(TRIP_HEADER, 'latin1');
  let pickedUp = FIRST_PICKUP_S;
  for (let id = 1; id <= rows; id += 1) {
    pickedUp += below(3);
    const seconds = 120 + below(3_000);
    const hundredths = 40 + below(30) * below(100);
    const fare = 300 + Math.floor(hundredths * 1.75) + below(200);
    const payment = PAYMENTS[below(PAYMENTS.length)] ?? '';
    const tip = payment.startsWith('CREDIT') ? Math.floor((fare * (10 + below(15))) / 100) : 0;
    const tolls = below(12) === 0 ? 655 : 0;
    const times = `${timestamp(pickedUp)},${timestamp(pickedUp + seconds)}`;
    const places = `${ZONES[below(ZONES.length)] ?? ''},${ZONES[below(ZONES.length)] ?? ''}`;
    const sums = `${money(fare)},${money(tip)},${money(tolls)},${money(fare + tip + tolls)}`;
    const head = `${id},${1 + below(2)},${times},${1 + below(6)},${money(hundredths)},${1 + below(3)}`;
    const line = `${head},${below(200) === 0 ? 'Y' : 'N'},${places},${payment},${sums}\n`;
    end += block.write(line, end, 'latin1');
    if (end > BLOCK_BYTES - LONGEST_LINE) {
      yield block.subarray(0, end);
      block = Buffer.allocUnsafe(BLOCK_BYTES);
      end = 0;
    }
  }
  if (end > 0) yield block.subarray(0, end);
}

/** Whole numbers below a bound: a 32-bit xorshift (Marsaglia, "Xorshift RNGs", 2003). */
function randomNumbers(seed: number): (bound: number) => number {
  let state = seed | 0 || 1;
  return (bound) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % bound;
  };
}

function money(hundredths: number): string {
  const cents = hundredths % 100;
  return `${(hundredths - cents) / 100}.${cents < 10 ? '0' : ''}${cents}`;
}

let dayNumber = -1;
let dayText = '';

/** `2026-01-31 23:59:59`; the date's text is kept from row to row. */
function timestamp(seconds: number): string {
  const day = Math.floor(seconds / 86_400);
  if (day !== dayNumber) {
    dayNumber = day;
    dayText = new Date(day * 86_400_000).toISOString().slice(0, 10);
  }
  const rest = seconds - day * 86_400;
  const minutes = Math.floor(rest / 60);
  return `${dayText} ${two(Math.floor(minutes / 60))}:${two(minutes % 60)}:${two(rest % 60)}`;
}

function two(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}
