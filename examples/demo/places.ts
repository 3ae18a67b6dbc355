/** The three servers of the demo: opened together, and given back as they were found whatever happens in between. */
import { openDatabase } from './database.ts';
import type { Database } from './database.ts';
import { openLake } from './lake.ts';
import type { Lake } from './lake.ts';
import { openObjectStore } from './object-store.ts';
import type { ObjectStore } from './object-store.ts';

export interface Places {
  readonly database: Database;
  readonly store: ObjectStore;
  readonly lake: Lake;
}

/**
 * Opens all, runs `use` and closes all. `farewells` say how the servers were left.
 *
 * @throws what `use` threw; an AggregateError where something could not be given back.
 */
export async function withPlaces<T>(use: (places: Places) => Promise<T>): Promise<{ value: T; farewells: string[] }> {
  const opened: { close(): Promise<string> }[] = [];
  const farewells: string[] = [];
  const failures: unknown[] = [];
  let answer: { readonly value: T } | undefined;
  try {
    const database = await openDatabase();
    opened.unshift(database);
    const store = await openObjectStore();
    opened.unshift(store);
    const lake = await openLake();
    opened.unshift(lake);
    answer = { value: await use({ database, store, lake }) };
  } catch (error) {
    failures.push(error);
  }
  const mainFailures = failures.length;
  for (const place of opened) {
    await place.close().then(
      (farewell) => farewells.push(farewell),
      (error: unknown) => failures.push(error),
    );
  }
  if (failures.length > mainFailures) throw new AggregateError(failures, 'something was left behind');
  if (answer === undefined) throw failures[0];
  return { ...answer, farewells };
}
