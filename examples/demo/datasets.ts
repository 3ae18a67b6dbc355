/** What the demo moves: which columns, of which types, and the CSV objects that hold the rows. */
import { flightObjects } from './flights-csv.ts';
import { textObjects } from './text-csv.ts';

export interface Dataset {
  /** Of the table, and of the folder in S3. */
  readonly name: string;
  /** Of CSV, for the progress bar of the upload alone. */
  readonly approximateBytes: number;
  /** Columns in the order of the CSV, with types whose text COPY writes as it read it. */
  readonly columns: readonly (readonly [name: string, type: string])[];
  /** One CSV object after another, each with its own header line, in chunks. */
  readonly objects: () => AsyncIterable<Iterable<Buffer>>;
}

export const datasets: readonly Dataset[] = [
  {
    name: 'flights',
    approximateBytes: 106e6,
    columns: [
      ['date', 'timestamp'],
      ['delay', 'integer'],
      ['distance', 'integer'],
      ['origin', 'text'],
      ['destination', 'text'],
    ],
    objects: flightObjects,
  },
  {
    // Its lines end with CRLF, and its last line does not end at all.
    name: 'birdstrikes',
    approximateBytes: 1.2e6,
    columns: [
      ['Airport Name', 'text'],
      ['Aircraft Make Model', 'text'],
      ['Effect Amount of damage', 'text'],
      ['Flight Date', 'date'],
      ['Aircraft Airline Operator', 'text'],
      ['Origin State', 'text'],
      ['Phase of flight', 'text'],
      ['Wildlife Size', 'text'],
      ['Wildlife Species', 'text'],
      ['Time of day', 'text'],
      ['Cost Other', 'integer'],
      ['Cost Repair', 'integer'],
      ['Cost Total $', 'integer'],
      ['Speed IAS in knots', 'integer'],
    ],
    objects: () => textObjects('birdstrikes.csv', 2),
  },
  {
    // Holds quoted fields with commas and doubled quotes.
    name: 'airports',
    approximateBytes: 0.2e6,
    columns: [
      ['iata', 'text'],
      ['name', 'text'],
      ['city', 'text'],
      ['state', 'text'],
      ['country', 'text'],
      ['latitude', 'numeric'],
      ['longitude', 'numeric'],
    ],
    objects: () => textObjects('airports.csv', 1),
  },
];
