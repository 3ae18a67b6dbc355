/** The layers of src/ and the arrows between them; an arrow that is not drawn here is a violation. */

const BASE = ['core', 'errors'];
const FACTORIES = ['connectors/*', 'formats', 'transforms'];

/** From each layer to the layers, or single files, that it may import beside itself. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  core: ['errors'],
  // The pure parsers of core, so that the settings read a duration as the options do.
  config: ['errors', 'core/duration.ts', 'core/size.ts'],
  formats: BASE,
  transforms: BASE,
  'connectors/*': [...BASE, 'config'],
  registry: [...BASE, 'config', 'connectors/*'],
  // All that a caught error may be; `sluice/errors`.
  classify: [...BASE, 'connectors/*'],
  web: [...BASE, ...FACTORIES],
  transfer: [...BASE, ...FACTORIES, 'registry', 'classify'],
  cli: [...BASE, ...FACTORIES, 'registry', 'config', 'transfer', 'classify'],
  testing: [],
  index: [...BASE, ...FACTORIES, 'registry', 'config', 'transfer', 'classify'],
};

/** The rooms of one file each. */
const SINGLE_FILES: ReadonlyMap<string, string> = new Map([
  ['index.ts', 'index'],
  ['errors.ts', 'errors'],
  ['error-codes.ts', 'errors'],
]);

/** The layer of a path below src/, or undefined where the house has no such room. */
export function layerOf(file: string): string | undefined {
  const [first = '', second, third] = file.split('/');
  if (second === undefined) return SINGLE_FILES.get(first);
  if (first === 'connectors') return third === undefined ? 'registry' : `connectors/${second}`;
  return Object.hasOwn(ARROWS, first) && first !== 'errors' && first !== 'index' ? first : undefined;
}

/** Whether an arrow from `file` to `target` is drawn. Connectors reach only their own folder and what lies below. */
export function mayImport(file: string, target: string): boolean {
  const [from, to] = [layerOf(file), layerOf(target)];
  if (from === undefined || to === undefined) return false;
  if (from === to) return true;
  const allowed = ARROWS[family(from)] ?? [];
  return allowed.includes(target) || (allowed.includes(family(to)) && family(from) !== family(to));
}

function family(layer: string): string {
  return layer.startsWith('connectors/') ? 'connectors/*' : layer;
}
