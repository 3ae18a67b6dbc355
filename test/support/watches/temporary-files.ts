/** Files that are left in the temporary directory, which every run has to itself. */
import { chmodSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Watch } from './watch.ts';

// Node's cache of compiled modules is nobody's leak, and of use to the next run.
process.env['NODE_COMPILE_CACHE'] ??= path.join(tmpdir(), 'node-compile-cache');

const root = mkdtempSync(path.join(tmpdir(), 'sluice-test-'));
// PostgreSQL's programs run as somebody else where we are root.
chmodSync(root, 0o755);
process.env['TMPDIR'] = root;
process.on('exit', () => rmSync(root, { recursive: true, force: true }));

let before = new Set<string>();

export const fileWatch: Watch = {
  begin: () => void (before = new Set(readdirSync(root))),
  leaks: () =>
    readdirSync(root)
      .filter((name) => !before.has(name))
      .map((name) => `${name} is left in the temporary directory`),
};
