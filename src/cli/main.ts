#!/usr/bin/env node
/** The command line: what is asked for, and the exit code. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { classifyError } from '../classify/index.ts';
import { redactText } from '../core/redact.ts';
import { doctor } from './commands/doctor.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('sluice')
  .description('Moves data between Postgres and S3 in streams.')
  .version(version)
  .configureOutput({ outputError: (text, write) => write(withoutValues(text)) })
  .showHelpAfterError();
program
  .command('doctor')
  .description(
    'Shows where the settings of each profile come from, connects, and says what is wrong and how to mend it.',
  )
  .argument('[profiles...]', 'such as `postgres`, or `s3/eu-west`, or `adls2`; default: all that are configured')
  .option('--json', 'one JSON document for machines')
  .action(async (profiles: string[], { json = false }: { json?: boolean }) => {
    process.exitCode = await doctor(profiles, { json, print: (text) => void process.stdout.write(`${text}\n`) });
  });

/** Of an option or argument that is not known, what may be a value is not repeated. */
function withoutValues(text: string): string {
  const [, before = '', name = '', rest = ''] = /^(error: unknown option '(--?[a-z-]{0,20}))([^]*)$/.exec(text) ?? [];
  return name === '' || rest.startsWith("'") ? redactText(text) : `${before}...'\n`;
}

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`sluice: ${classifyError(error).message}\n`);
  process.exitCode = 2;
}
