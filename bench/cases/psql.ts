/** psql as the cases run it: without anybody's .psqlrc, stopping at the first error. */
import { shellWord } from '../harness/node-command.ts';
import { toolPath } from '../harness/tools.ts';

export function psql(dsn: string, command: string): string {
  return `${toolPath('psql')} -X -v ON_ERROR_STOP=1 ${shellWord(dsn)} -c ${shellWord(command)}`;
}
