#!/usr/bin/env node
/** The command line: what is asked for, and the exit code. */
import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { classifyError } from '../classify/index.ts';
import { doctor } from './commands/doctor.ts';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};
const program = new Command('sluice')
  .description('Moves data between Postgres and S3 in streams.')
  .version(version)
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
try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`sluice: ${classifyError(error).message}\n`);
  process.exitCode = 2;
}
