/** Every two seconds something new goes wrong, at a place where nothing else does, and is over a while later. */
import { setTimeout as sleep } from 'node:timers/promises';
import { disturbances } from './disturbances.ts';
import type { Disturbance, Place } from './disturbances.ts';
import type { World } from './world.ts';

export interface Spell {
  readonly name: string;
  readonly place: Place;
  readonly fromMs: number;
  toMs: number | undefined;
  /** How often it took effect; known when it is over. */
  felt: number;
}

export interface Weather {
  readonly spells: readonly Spell[];
  /** Names of what is going on. */
  now(): readonly string[];
  /** Nothing new; what is going on is ended, and everything healed. */
  clear(): Promise<void>;
}

const PERIOD_MS = 2_000;

export function startWeather(world: World, draw: () => number, clock: () => number): Weather {
  const spells: Spell[] = [];
  const busy = new Set<Place>();
  const over = new AbortController();
  const running = new Set<Promise<void>>();

  const last = async (disturbance: Disturbance) => {
    const { name, place } = disturbance;
    const spell: Spell = { name, place, fromMs: clock(), toMs: undefined, felt: 0 };
    spells.push(spell);
    busy.add(place);
    const end = await disturbance.start(world, draw);
    await sleep(300 + draw() * 3_000, undefined, { signal: over.signal }).catch(() => undefined);
    spell.felt = await end();
    spell.toMs = clock();
    busy.delete(place);
  };

  const blow = async () => {
    for (;;) {
      const isOver = await sleep(PERIOD_MS, false, { signal: over.signal }).catch(() => true);
      if (isOver) return;
      const possible = disturbances.filter(({ place }) => !busy.has(place));
      const chosen = possible[Math.floor(draw() * possible.length)];
      if (chosen === undefined) continue;
      const spell = last(chosen).finally(() => running.delete(spell));
      running.add(spell);
    }
  };
  const blowing = blow();

  return {
    spells,
    now: () => spells.filter(({ toMs }) => toMs === undefined).map(({ name }) => name),
    async clear() {
      over.abort();
      await blowing;
      await Promise.all(running);
      for (const proxy of Object.values(world.proxies)) proxy.heal();
    },
  };
}
