import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { binarySets } from './binary-sets.ts';
import { traces, tracesAfter } from './traces.ts';
import type { Whereabouts } from './traces.ts';

const DOOMED = fileURLToPath(new URL('doomed.ts', import.meta.url));

interface Doomed {
  readonly child: ChildProcess;
  readonly where: Whereabouts;
  readonly exit: Promise<unknown>;
}

const startDoomed = async (ending: string, binDir: string): Promise<Doomed> => {
  const child = spawn(process.execPath, [DOOMED, ending], {
    env: { ...process.env, PG_BIN: binDir },
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const exit = once(child, 'exit');
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { child, where: JSON.parse(line) as Whereabouts, exit };
};

for (const binDir of binarySets) {
  describe(`a server of ${binDir} is gone within 2 s of its parent's`, () => {
    for (const ending of ['natural end', 'process.exit()', 'uncaught exception']) {
      it(ending, async () => {
        const { where, exit } = await startDoomed(ending, binDir);
        await exit;
        assert.deepEqual(await tracesAfter(where, 2_000), []);
        assert.deepEqual(await tracesAfter({ ...where, socketDir: dirname(where.socketDir) }, 1_000), []);
      });
    }

    for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
      it(signal, async () => {
        const { child, where, exit } = await startDoomed('signal', binDir);
        assert.equal((await traces(where)).length, 3);
        child.kill(signal);
        await exit;
        assert.deepEqual(await tracesAfter(where, 2_000), []);
      });
    }
  });
}
