/** Every set of PostgreSQL programs on this machine: the npm package's, which must be there, and the system's. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from '../../../src/testing/postgres/binaries.ts';

const SYSTEM = '/usr/lib/postgresql';

const installed = existsSync(SYSTEM) ? readdirSync(SYSTEM).map((version) => join(SYSTEM, version, 'bin')) : [];

export const binarySets: readonly string[] = [
  ...new Set([await findBinaries(), ...installed.filter((bin) => existsSync(join(bin, 'initdb')))]),
];
