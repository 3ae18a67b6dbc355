/** gunzip() beside the programs and beside Node's own. igzip is another algorithm, in assembler: what the machine could do. */
import { gzippedTrips } from '../data/dataset.ts';
import type { BenchCase, Contender } from '../harness/case.ts';
import { nodeCommand, shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';
import type { Tool } from '../harness/tools.ts';
import { expectBytes } from './expect.ts';

const MIB = 1024 * 1024;

export const gunzip: BenchCase = {
  name: 'gunzip',
  paths: [
    {
      name: 'gunzip',
      title: 'Decompressing gzip -6, file to nowhere',
      rounds: { full: 5, short: 3 },
      tools: ['gzip', 'pigz', 'igzip'],
      open: async (_stack, scale) => {
        const data = await gzippedTrips(scale === 'full' ? 4_000_000 : 2_000_000);
        const node = (name: string, role: Contender['role'], script: string, options: object): Contender => ({
          name,
          role,
          command: nodeCommand(script, { ...options, file: data.gz }),
          idle: nodeCommand(script, { ...options, file: data.emptyGz }),
          verify: expectBytes(data.bytes),
        });
        const program = (name: Tool, role: Contender['role']): Contender => ({
          name: `${name} -dc`,
          role,
          command: `${toolPath(name)} -dc ${shellWord(data.gz)} > /dev/null`,
          idle: `${toolPath(name)} -dc ${shellWord(data.emptyGz)} > /dev/null`,
          // Its exit code vouches for the trailer's length and checksum.
          verify: () => undefined,
        });
        return {
          ...data,
          contenders: [
            node('ours', 'ours', 'sluice-gunzip', { readBytes: MIB }),
            node('zlib defaults', 'peer', 'zlib-gunzip', {}),
            node('zlib (1 MiB chunks)', 'peer', 'zlib-gunzip', { readBytes: MIB, chunkSize: MIB }),
            program('gzip', 'peer'),
            program('pigz', 'peer'),
            program('igzip', 'limit'),
          ],
        };
      },
    },
  ],
};
