// Writes docs/reference/faults.md from the faults and guards in test/mutation. Run it after changing either.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { faultsPage } from '../test/mutation/faults-page.ts';

const target = path.join(import.meta.dirname, '../docs/reference/faults.md');
const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(faultsPage(), { ...options, parser: 'markdown' }));
