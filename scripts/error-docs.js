// Writes docs/reference/errors.md from the table of codes in src/errors.ts. Run it after changing that table.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { ERROR_CODES, connectorError } from '../src/errors.ts';

const target = path.join(import.meta.dirname, '../docs/reference/errors.md');

const rows = Object.entries(ERROR_CODES).map(([code, { retryable, meaning }]) => {
  const { name } = connectorError(code, '').constructor;
  return `| \`${code}\` | \`${name}\` | ${retryable ? 'yes' : 'no'} | ${meaning.replaceAll('|', '\\|')} |`;
});

const text = `# Errors

Every error of this package is a \`ConnectorError\`, of one of the classes below. Match on \`code\`, which is stable; messages
may change. \`retryable\` says whether repeating the whole operation, unchanged, may succeed; an error may know better than
its code, so read the property. What became of the data is in \`outcome\`: \`'not-done'\`, \`'done'\` or \`'unknown'\`.

An \`AbortedError\` has the name \`AbortError\`, as every abort in Node, and the signal's own reason as its \`cause\`.

| Code | Class | Retryable | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

This page is written by \`node scripts/error-docs.js\`.
`;

const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(text, { ...options, parser: 'markdown' }));
