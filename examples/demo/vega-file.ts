import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The path of a file that the npm package vega-datasets carries. */
export function vegaFile(name: string): string {
  const entry = fileURLToPath(import.meta.resolve('vega-datasets'));
  return path.join(path.dirname(entry), '..', 'data', name);
}
