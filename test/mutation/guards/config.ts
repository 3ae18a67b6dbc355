/** Settings: checked at once, coerced by type, and never shown. */
import { guardsIn } from '../guard.ts';
import type { Guard } from '../guard.ts';

const environment = guardsIn(
  'src/config/environment.ts',
  ['test/config/environment.test.ts'],
  [
    {
      name: 'config-json-not-quoted',
      promise: 'broken JSON in a variable is refused without quoting it',
      faults: ['D7', 'D10'],
      find: '  } catch {\n',
      replace: '  } catch (error) {\n    if (error instanceof Error) throw error;\n',
      grep: 'refuses JSON that is broken',
    },
    {
      name: 'config-json-object',
      promise: 'JSON that is no object is refused, and not taken for no settings',
      faults: ['D10'],
      find: 'if (!isPlain(value)) throw',
      replace: 'if (value === undefined || !isPlain(value ?? {})) throw',
      grep: 'refuses JSON that is null',
    },
    {
      name: 'config-value-and-group',
      promise: 'a variable that is both a value and a group is refused, in either order',
      faults: ['D10'],
      find: 'if (rest.length === 0 ? isPlain(below) : below !== undefined && !isPlain(below)) {',
      replace: 'if (layer === below) {',
      grep: 'a value that is also a group|a group that is also a value',
    },
    {
      name: 'config-no-key',
      promise: 'a variable that names no setting is refused',
      faults: ['D10'],
      find: "if (key === '') throw connectorError('CONFIG_INVALID', `the variable ${variable} names no setting`);",
      replace: '',
      grep: 'refuses (no key|an empty key|a key that ends open)',
    },
    {
      name: 'config-own-properties',
      promise: 'a variable such as CONSTRUCTOR is a key like any other',
      faults: ['D10'],
      find: 'const below = Object.hasOwn(layer, key) ? layer[key] : undefined;',
      replace: 'const below = layer[key];',
      grep: '`CONSTRUCTOR`',
    },
    {
      name: 'config-of-one-profile',
      promise: 'the settings of one profile are never those of another',
      faults: ['D10'],
      find: '!name.startsWith(prefix)',
      replace: '!name.startsWith(prefix.slice(0, -2))',
      grep: 'is no other profile',
    },
    {
      name: 'config-json-wins',
      promise: 'the JSON of a profile wins over its single variables',
      faults: ['D10'],
      find: '      origin: () => `${prefix}JSON`,\n    },\n  ];',
      replace: '      origin: () => `${prefix}JSON`,\n    },\n  ].toReversed() as never;',
      grep: 'is overlaid by its JSON',
    },
  ],
);

const layer = guardsIn(
  'src/config/layer.ts',
  ['test/config/layer.test.ts'],
  [
    {
      name: 'config-no-prototype',
      promise: 'no key of a setting ever reaches a prototype',
      faults: ['D10'],
      find: '  return Object.fromEntries(merged);',
      replace:
        '  const plain: Record<string, unknown> = {};\n  for (const [key, value] of merged) plain[key] = value;\n  return plain;',
      grep: 'for an own key, and nothing inherits',
    },
    {
      name: 'config-any-case',
      promise: 'a key is the same setting in every case, and never a second one',
      faults: ['D10'],
      find: '/^[A-Z][A-Z0-9_]*$/.test(key) ? key.toLowerCase() : key',
      replace: 'key',
      tests: ['test/config/environment.test.ts'],
      grep: 'whatever the case of the keys',
    },
    {
      name: 'config-no-key-twice',
      promise: 'a setting that is written twice in one place is an error, and neither is lost',
      faults: ['D10'],
      find: 'if (cased.has(camel)) throw',
      replace: 'if (camel === undefined) throw',
      grep: 'are there twice',
    },
    {
      name: 'config-undefined-leaves',
      promise: 'an option that is undefined leaves the setting below it',
      faults: ['D10'],
      find: 'if (value === undefined) continue;',
      replace: '',
      grep: 'lets an undefined value leave',
    },
    {
      name: 'config-instances-whole',
      promise: 'an instance among the settings, such as a credential provider, is taken as it is',
      faults: ['D10'],
      find: ' && Object.getPrototypeOf(value) === Object.prototype;',
      replace: ';',
      grep: 'takes arrays and instances whole|do not touch instances',
    },
  ],
);

const resolve = guardsIn(
  'src/config/resolve.ts',
  ['test/config/resolve.test.ts'],
  [
    {
      name: 'config-all-problems',
      promise: 'every setting that is wrong is named at once',
      faults: ['D10'],
      file: 'src/config/check.ts',
      find: 'issues.map((issue)',
      replace: 'issues.slice(0, 1).map((issue)',
      grep: 'are all named at once',
    },
    {
      name: 'config-no-value-shown',
      promise: 'a value that is refused is not shown: it may be a password',
      faults: ['D7', 'D10'],
      file: 'src/config/check.ts',
      find: '{ message: expectation }',
      replace: '{}',
      grep: 'with where they were written',
    },
    {
      name: 'config-no-secret-shown',
      promise: 'a setting that is secret is refused without its value',
      faults: ['D7', 'D10'],
      find: '!isSecret(field) && ',
      replace: '',
      grep: 'with where they were written',
    },
    {
      name: 'config-no-group-shown',
      promise: 'what stands where a group with secrets belongs is refused without being shown',
      faults: ['D7', 'D10'],
      find: ' && entriesOf(field) === undefined',
      replace: '',
      grep: 'where a group belongs',
    },
    {
      name: 'config-no-revealed-secret-shown',
      promise: 'a secret that does not fit where it was put is refused without its value',
      faults: ['D7', 'D10'],
      find: "!references.includes(path.join('.')) && ",
      replace: '',
      grep: 'names what a secret made wrong',
    },
    {
      name: 'config-only-harmless-shown',
      promise: 'a key, a token or a URL in the wrong place is refused without being shown',
      faults: ['D7', 'D10'],
      find: ' && isHarmless(value)',
      replace: '',
      grep: 'where that does not belong',
    },
    {
      name: 'config-unknown-profile',
      promise: 'a profile whose name is misspelt is an error, and not the defaults',
      faults: ['D10'],
      find: "profile !== 'default' && !isLabel &&",
      replace: 'connector === undefined &&',
      grep: 'configured nowhere is refused',
    },
    {
      name: 'config-call-wins',
      promise: 'the settings of a call win over those of the environment',
      faults: ['D10'],
      find: '.map(({ values }) => values).reduce(merge)',
      replace: '.map(({ values }) => values).reverse().reduce(merge)',
      grep: 'come from the call',
    },
  ],
);

const file = guardsIn(
  'src/config/file.ts',
  ['test/config/file.test.ts'],
  [
    {
      name: 'config-file-not-quoted',
      promise: 'a config file that cannot be read is refused without quoting it',
      faults: ['D7', 'D10'],
      find: '    } catch (error) {\n',
      replace: '    } catch (error) {\n      if (error instanceof Error) throw error;\n',
      grep: 'is refused by its name',
    },
    {
      name: 'config-file-half-read',
      promise: 'a config file that is broken in the middle is an error, and not its first half',
      faults: ['D10'],
      find: "{ logLevel: 'error' }",
      replace: "{ logLevel: 'silent' }",
      grep: 'connectors: \\[canary',
    },
    {
      name: 'config-file-keys',
      promise: 'a key of the file that nothing reads is an error',
      faults: ['D10'],
      find: 'if (unknown !== undefined) {',
      replace: 'if (unknown === null) {',
      grep: 'conectors',
    },
  ],
);

const explain = guardsIn(
  'src/config/explain.ts',
  ['test/cli/doctor.test.ts'],
  [
    {
      name: 'config-explained-without-secrets',
      promise: 'the list of settings and their origins holds no secret',
      faults: ['D7'],
      find: 'isSecret || ',
      replace: '',
      grep: 'shows where each setting comes from',
    },
  ],
);

const secrets = guardsIn(
  'src/config/secrets.ts',
  ['test/config/secrets.test.ts'],
  [
    {
      name: 'secrets-encoded',
      promise: 'a secret that lands in a URL is percent-encoded',
      faults: ['D10'],
      find: 'URL_LIKE.test(text) ? encodeURIComponent : ',
      replace: '',
      grep: 'is percent-encoded',
    },
    {
      name: 'secrets-missing',
      promise: 'a secret that is not there is an error, and never an empty text',
      faults: ['D10'],
      find: "if (typeof secret === 'string') return secret;",
      replace: "if (typeof secret === 'string' || secret === undefined) return secret ?? '';",
      grep: 'that is not there is a ConfigError',
    },
    {
      name: 'secrets-provider-not-quoted',
      promise: 'what a provider of secrets says of its failure is not repeated',
      faults: ['D7'],
      find: '  } catch (error) {\n    // What a provider',
      replace: '  } catch (error) {\n    if (error instanceof Error) throw error;\n    // What a provider',
      grep: 'whose provider fails',
    },
  ],
);

const schema = guardsIn(
  'src/config/schema.ts',
  ['test/config/schema.test.ts'],
  [
    {
      name: 'config-whole-numbers',
      promise: 'a number is never rounded, nor read from something that looks like one',
      faults: ['D10'],
      find: 'v.pipe(v.string(), v.regex(/^\\d+$/), v.transform(Number))',
      replace: 'v.pipe(v.string(), v.transform(Number))',
      grep: 'reads an integer',
    },
    {
      name: 'config-number-range',
      promise: 'a number outside of its range is refused',
      faults: ['D10'],
      find: 'Number.isSafeInteger(value) && value >= min && value <= max',
      replace: 'Number.isSafeInteger(value)',
      grep: 'reads an integer',
    },
    {
      name: 'config-booleans',
      promise: 'a switch is true or false, and nothing else counts as either',
      faults: ['D10'],
      find: '        v.regex(/^(true|false)$/i),\n',
      replace: '',
      grep: 'reads a boolean',
    },
    {
      name: 'config-secret-fields',
      promise: 'the schema knows which of its values are secret',
      faults: ['D7'],
      find: ', secret: true })',
      replace: ' })',
      grep: 'knows which values are secret',
    },
    {
      name: 'config-unknown-keys',
      promise: 'a key that no connector knows is an error, and not ignored',
      faults: ['D10'],
      file: 'src/config/check.ts',
      tests: ['test/connectors/s3/config.test.ts'],
      find: '? [{ path, key, message: unknownKey(key, Object.keys(entries)) }]',
      replace: '? []',
      grep: 'refuse an unknown key',
    },
    {
      name: 'config-no-list-for-a-group',
      promise: 'a list where a group of settings belongs is refused, and never means the defaults',
      faults: ['D10'],
      file: 'src/config/check.ts',
      tests: ['test/connectors/s3/config.test.ts'],
      find: 'if (Array.isArray(input)) return',
      replace: 'if (input === null) return',
      grep: 'refuse a list for a group',
    },
    {
      name: 'config-unknown-keys-in-groups',
      promise: 'a key that is unknown within a group is an error as well',
      faults: ['D10'],
      file: 'src/config/check.ts',
      tests: ['test/connectors/s3/config.test.ts'],
      find: ': misshapen(field, value, [...path, key])',
      replace: ': []',
      grep: 'refuse an unknown key in any group',
    },
  ],
);

const late = guardsIn(
  'src/core/revealed.ts',
  ['test/connectors/late-secrets.test.ts'],
  [
    {
      name: 'config-secrets-bounded',
      promise: 'secrets that never come are waited for on our own clock',
      faults: [],
      find: "return bounded(profile.reveal(), { timeout: { ms, code: 'CONNECT_TIMEOUT', message } });",
      replace: 'return message === undefined ? bounded(profile.reveal(), {}) : profile.reveal();',
      grep: 'are a TimeoutError in time',
    },
  ],
);

export const configGuards: readonly Guard[] = [
  ...environment,
  ...explain,
  ...file,
  ...late,
  ...layer,
  ...resolve,
  ...schema,
  ...secrets,
];
