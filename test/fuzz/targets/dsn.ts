/** The DSN parser: what was put together comes apart again, and no message tells a password. */
import fc from 'fast-check';
import { parseDsn } from '../../../src/connectors/postgres/connection/dsn.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { attempt, codeAmong, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const word = fc.oneof(
  fc.string({ minLength: 1, maxLength: 12, unit: 'binary' }),
  fc.constantFrom('a', 'p@ss:w/rd?#[]', 'ünï', '%25', '+ '),
);
const wellFormed = word.filter((text) => text.isWellFormed() && !text.includes('\0'));
const parts = fc.record({
  user: wellFormed,
  password: wellFormed,
  hosts: fc.array(
    fc.record({
      host: fc.constantFrom('localhost', '127.0.0.1', '::1', 'db.example.com', '/var/run/postgresql', '/a,b'),
      port: fc.integer({ min: 1, max: 65_535 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  database: wellFormed,
  applicationName: wellFormed,
});

const CANARY = 'canary7secret';
const pieces = fc.array(
  fc.oneof(
    fc.constantFrom('postgresql://', 'postgres://', ':', '@', '/', '?', '#', '[', ']', '&', '=', '%', '%zz', ','),
    fc.constantFrom('sslmode', 'host', 'password', '__proto__', 'constructor', 'toString', '\n', 'x'),
    fc.string({ maxLength: 6 }),
  ),
  { maxLength: 16 },
);

export const dsn: OpenTarget = () =>
  target({
    input: fc.record({ parts, text: pieces.map((each) => each.join('')), times: fc.constantFrom(1, 1, 1, 2_000) }),
    check({ parts: given, text, times }) {
      const { user, password, hosts, database, applicationName } = given;
      const encoded = hosts.map(({ host, port }) => {
        const name = host.startsWith('/') ? encodeURIComponent(host) : host.includes(':') ? `[${host}]` : host;
        return `${name}:${port}`;
      });
      const [u, p, d, a] = [user, password, database, applicationName].map(encodeURIComponent);
      const whole = `postgresql://${u}:${p}@${encoded.join(',')}/${d}?application_name=${a}`;
      must(
        JSON.stringify(sorted(parseDsn(whole))) === JSON.stringify(sorted(given)),
        'another DSN than was put together',
      );
      const hostile = `postgresql://user:${CANARY}${text.repeat(times)}`;
      for (const each of [text, hostile]) {
        try {
          attempt(['CONFIG_INVALID'], () => parseDsn(each));
          parseDsn(each);
        } catch (error) {
          codeAmong(error, ['CONFIG_INVALID']);
          const told = error instanceof ConnectorError ? `${error.message} ${JSON.stringify(error)}` : '';
          must(!told.includes(CANARY), 'the message tells the password');
        }
      }
      must(({} as { polluted?: unknown }).polluted === undefined, 'a prototype was changed');
    },
  });

const sorted = (object: object): object =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
