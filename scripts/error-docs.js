// Writes docs/reference/errors.md from the table of codes in src/error-codes.ts and the tables of the vendors' errors. Run it
// after changing one of them.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import prettier from 'prettier';
import { ADLS_CODES } from '../src/connectors/adls2/error-table.ts';
import { POSTGRES_CLASSES, POSTGRES_STATES } from '../src/connectors/postgres/error-table.ts';
import { S3_CODES } from '../src/connectors/s3/error-table.ts';
import { HTTP_STATUSES } from '../src/core/http-statuses.ts';
import { FILE_CODES } from '../src/core/file-errors.ts';
import { NETWORK_CODES } from '../src/core/network-errors.ts';
import { ERROR_CODES } from '../src/error-codes.ts';
import { connectorError } from '../src/errors.ts';

const target = path.join(import.meta.dirname, '../docs/reference/errors.md');

const rows = Object.entries(ERROR_CODES).map(([code, { retryable, meaning }]) => {
  const { name } = connectorError(code, '').constructor;
  return `| \`${code}\` | \`${name}\` | ${retryable ? 'yes' : 'no'} | ${meaning.replaceAll('|', '\\|')} |`;
});

/** One line per code that the tables lead to, with the keys that do. */
function origins(...tables) {
  return Object.keys(ERROR_CODES).flatMap((code) => {
    const keys = tables.flatMap(({ table, prefix = '' }) =>
      [...table].flatMap(([key, rule]) => ([rule].flat()[0] === code ? [`${prefix}\`${key}\``] : [])),
    );
    return keys.length === 0 ? [] : [`- \`${code}\`: ${keys.sort().join(', ')}`];
  });
}

const text = `# Errors

Every error of this package is a \`ConnectorError\`, of one of the classes below. Match on \`code\`, which is stable; messages
may change. \`retryable\` says whether repeating the whole operation, unchanged, may succeed; an error may know better than
its code, so read the property. What became of the data is in \`outcome\`: \`'not-done'\`, \`'done'\` or \`'unknown'\`.

An \`AbortedError\` has the name \`AbortError\`, as every abort in Node, and the signal's own reason as its \`cause\`.

| Code | Class | Retryable | Meaning |
| --- | --- | --- | --- |
${rows.join('\n')}

## Where they come from

\`classifyError(error)\` makes one of these of whatever was caught: an error of node-postgres, of the AWS SDK, of the Azure SDK, of Node's network, or
one that has such an error as its \`cause\`. It loads no SDK. Hand it the \`signal\` of what failed: vendors dress an abort up
as a connection that broke, and once the signal has fired, the error is \`ABORTED\`.

\`\`\`ts
import { classifyError } from 'sluice';
import pg from 'pg';

const pool = new pg.Pool();
try {
  await pool.query('INSERT INTO totals SELECT count(*) FROM events');
} catch (error) {
  const { code, retryable, outcome } = classifyError(error);
  if (retryable && outcome === 'not-done') console.log('try again', code);
}
\`\`\`

\`outcome\` is \`'unknown'\` where the error alone cannot say that nothing was done, as when a connection broke.

### Postgres, by SQLSTATE

${origins({ table: POSTGRES_STATES }, { table: POSTGRES_CLASSES, prefix: 'class ' }).join('\n')}

A state goes before its class; every other class is \`STATEMENT_FAILED\`. Damaged data, \`XX001\` and \`XX002\`, are not retryable.

### S3, by code or status

${origins({ table: S3_CODES }, { table: HTTP_STATUSES }).join('\n')}

A code goes before its status, and an error in a body of status 200 is told by its code. Every other 5xx is \`SERVER_ERROR\`,
every other 4xx \`REQUEST_REFUSED\`. A failed condition (412) is \`ALREADY_EXISTS\` for \`If-None-Match\`, else
\`OBJECT_CHANGED\`. \`RequestTimeTooSkewed\` is retryable once the SDK has corrected its clock.

### ADLS Gen2, by code or status

${origins({ table: ADLS_CODES }, { table: HTTP_STATUSES }).join('\n')}

The codes are those of the DFS and of the blob endpoint. A code goes before its status. Every other 5xx is \`SERVER_ERROR\`,
every other 4xx \`REQUEST_REFUSED\`. A failed condition (412) is \`OBJECT_CHANGED\`. Where no token was to be had, the error is
\`AUTH_FAILED\`, retryable where the identity service gave no answer; \`AUTH_EXPIRED\` for a secret or a federated token that
is past its time; \`SERVER_ERROR\` or \`THROTTLED\` where the service says so by its status. Azure's SDK says \`AbortError\` of a
body that was cut: with \`connector: 'adls2'\` and a \`signal\` that has not fired, that is \`CONNECTION_LOST\`.

### Network, by \`code\`

${origins({ table: NETWORK_CODES }).join('\n')}

A certificate that is not trusted is \`AUTH_FAILED\`. Two ends without a version or cipher of TLS in common are
\`CONNECTION_FAILED\`, not retryable; a TLS record that was damaged on its way is \`CONNECTION_LOST\`. \`ETIMEDOUT\` while
connecting is \`CONNECT_TIMEOUT\`.

### Local files, by \`code\`

${origins({ table: FILE_CODES }).join('\n')}

Every other error of a system call of \`node:fs\` is \`FILE_FAILED\`.

This page is written by \`node scripts/error-docs.js\`.
`;

const options = await prettier.resolveConfig(target);
writeFileSync(target, await prettier.format(text, { ...options, parser: 'markdown' }));
