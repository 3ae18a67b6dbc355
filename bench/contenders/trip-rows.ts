/** Trips as objects with numbers and Dates: those at the start of a file, over and over, each with an id of its own. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

export interface Trip {
  readonly id: number;
  readonly vendor: number;
  readonly picked_up_at: Date;
  readonly dropped_off_at: Date;
  readonly passengers: number;
  readonly distance: number;
  readonly rate: number;
  readonly stored: string;
  readonly pickup_zone: string;
  readonly dropoff_zone: string;
  readonly payment: string;
  readonly fare: number;
  readonly tip: number;
  readonly tolls: number;
  readonly total: number;
}

const READ = 10_000;

/** `count` rows, of which the first ones of `file` are in memory: what is measured begins with objects. */
export async function tripRows(file: string, count: number): Promise<Generator<Trip>> {
  const trips: Trip[] = [];
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (!line.startsWith('id')) trips.push(trip(line.split(',')));
    if (trips.length === READ) break;
  }
  return repeated(trips, count);
}

function* repeated(trips: readonly Trip[], count: number): Generator<Trip> {
  for (let id = 1; id <= count; id += 1) {
    const known = trips[id % trips.length];
    if (known !== undefined) yield { ...known, id };
  }
}

function trip(cells: readonly string[]): Trip {
  const text = (at: number): string => cells[at] ?? '';
  const number = (at: number): number => Number(text(at));
  const date = (at: number): Date => new Date(`${text(at).replace(' ', 'T')}Z`);
  return {
    id: number(0),
    vendor: number(1),
    picked_up_at: date(2),
    dropped_off_at: date(3),
    passengers: number(4),
    distance: number(5),
    rate: number(6),
    stored: text(7),
    pickup_zone: text(8),
    dropoff_zone: text(9),
    payment: text(10),
    fare: number(11),
    tip: number(12),
    tolls: number(13),
    total: number(14),
  };
}
