/** Ways to ask a store in the checks. */
import assert from 'node:assert/strict';
import { ConnectorError } from '../../../src/errors.ts';
import { rejectionOf } from '../watch.ts';
import type { CallOptions, Stat, Store, StorePlace } from './place.ts';

export async function statsUnder(store: Store, prefix: string, options?: CallOptions): Promise<Stat[]> {
  const stats: Stat[] = [];
  for await (const stat of store.list(prefix, options)) stats.push(stat);
  return stats;
}

export async function namesUnder(store: Store, prefix: string): Promise<string[]> {
  return (await statsUnder(store, prefix)).map(({ name }) => name);
}

export function textOf(store: Store, name: string): Promise<string> {
  return store.read(name).then(String);
}

/** The error of ours that `work` must be refused with. */
export async function refusalOf(place: StorePlace, what: string, work: Promise<unknown>): Promise<ConnectorError> {
  const error = await rejectionOf(what, work, place.patienceMs);
  assert.ok(error instanceof ConnectorError, `${what}: ${String(error)}`);
  return error;
}

/** Everything that a store can be asked, of one name. */
export function everyRequest(store: Store, name: string, options?: CallOptions): [string, () => Promise<unknown>][] {
  return [
    ['read', () => store.read(name, options)],
    ['stat', () => store.stat(name, options)],
    ['list', () => statsUnder(store, '', options)],
    ['write', () => store.write(name, Buffer.from('written'), options)],
  ];
}
