import assert from 'node:assert/strict';
import path from 'node:path';
import { checkout, readManifest } from '../../architecture/manifest.ts';
import { localSinks, localSources } from '../subjects/local.ts';
import { transformSubjects } from '../subjects/transforms.ts';
import { streamFactories } from './factories.ts';
import type { StreamKind } from './factories.ts';

const SAMPLE = path.join(import.meta.dirname, 'sample.ts');

/** The source of every entry point of the package. */
function entryPoints(): string[] {
  const targets = Object.values(readManifest().exports).flatMap((target) =>
    typeof target === 'string' ? [] : (target['types'] ?? []),
  );
  return targets.map((target) => path.join(checkout, target.replace(/^\.\/lib\//, 'src/').replace(/\.d\.ts$/, '.ts')));
}

/** What the suites are about, by factory. */
function subjects(): Map<string, StreamKind> {
  return new Map<string, StreamKind>([
    ...localSources().map(({ factory }) => [factory, 'source'] as const),
    ...localSinks().map(({ factory }) => [factory, 'sink'] as const),
    ...transformSubjects().map(({ factory }) => [factory, 'transform'] as const),
  ]);
}

const sorted = (kinds: Iterable<readonly [string, StreamKind]>) =>
  [...kinds].toSorted(([one], [other]) => (one < other ? -1 : 1));

describe('what the package exports', function () {
  // A compiler reads the sources.
  this.timeout(60_000);

  it('is held by a conformance suite of its kind wherever it makes streams', () => {
    const files = entryPoints();
    const found = [...streamFactories(files).values()].flatMap((factories) => [...factories]);
    assert.ok(files.length >= 6 && found.length > files.length, `${found.length} factories in ${files.length} files`);
    const held = subjects();
    const missing = found.filter(([name, kind]) => held.get(name) !== kind).map(([name, kind]) => `${kind} ${name}`);
    assert.deepEqual(missing, [], 'exported, and the subject of no suite (test/conformance/subjects)');
    assert.deepEqual(sorted(held), sorted(new Map(found)), 'a subject that the package does not export');
  });

  it('is told apart by type, not by name: functions, constants, classes, promises, names that are handed on', () => {
    assert.deepEqual(
      sorted(streamFactories([SAMPLE]).get(SAMPLE) ?? []),
      sorted([
        ['Made', 'transform'],
        ['assigned', 'sink'],
        ['declared', 'source'],
        ['promised', 'transform'],
        ['renamed', 'transform'],
        ['web', 'web stream'],
        ['webPair', 'web stream'],
        ['webSink', 'web stream'],
      ]),
    );
  });
});
