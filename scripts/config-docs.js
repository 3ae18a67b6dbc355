// Writes docs/reference/configuration.md from the schemas of the connectors. Run it after changing one of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { settingsIn } from '../src/config/describe.ts';
import { adls2Schema } from '../src/connectors/adls2/config.ts';
import { postgresSchema } from '../src/connectors/postgres/config.ts';
import { s3Schema } from '../src/connectors/s3/config.ts';

const target = path.join(import.meta.dirname, '../docs/reference/configuration.md');

const table = (schema) =>
  settingsIn(schema)
    .map(({ path: key, type, isRequired, isSecret, meaning, ...setting }) => {
      const fallback = setting.default === undefined ? (isRequired ? 'required' : '') : `\`${setting.default}\``;
      return `| \`${key}\` | ${type}${isSecret ? ', secret' : ''} | ${fallback} | ${meaning} |`;
    })
    .join('\n');

const text = `# Settings

What a profile may set: in the config file, in the environment, or in \`config\` of a call ([how](../guide/configuration.md)). Durations are
milliseconds, or \`250ms\`, \`30s\`, \`5m\`, \`1h\`; sizes are bytes, or \`64KiB\`, \`8MiB\`, \`1GiB\`. Secret settings appear in no error, log or printout.

## postgres

| Setting | Type | Default | Meaning |
| --- | --- | --- | --- |
${table(postgresSchema)}

## s3

| Setting | Type | Default | Meaning |
| --- | --- | --- | --- |
${table(s3Schema)}

## adls2

| Setting | Type | Default | Meaning |
| --- | --- | --- | --- |
${table(adls2Schema)}

This page is written by \`node scripts/config-docs.js\`.
`;

const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(text, { ...options, parser: 'markdown' }));
