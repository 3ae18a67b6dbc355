import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { connectorError } from '../../src/errors.ts';
import { redactText, redactUrl } from '../../src/core/redact.ts';
import { safeCause } from '../../src/core/safe-cause.ts';

const CANARY = 'c4n4ry';

/** Secrets as people have them: a canary among characters that mean something to some parser. */
const oddPart = fc.string({
  unit: fc.constantFrom(...Array.from('aZ09:/?#[]@!$&\'()*+,;=%\\"`<>{}|^~.-_é😀\u00a0')),
  maxLength: 8,
});
const secret = fc.tuple(oddPart, oddPart).map(([before, after]) => `${before}${CANARY}${after}${CANARY}`);
const spacedSecret = fc.tuple(secret, fc.constantFrom(' ', '\t', '  '), secret).map((parts) => parts.join(''));
const prose = fc.constantFrom('', 'connect failed: ', 'at x (y:1:2) ', 'host=db user=me ', 'see https://h:9000/a@b, ');
const scheme = fc.constantFrom('postgres', 'postgresql', 'mysql', 'redis', 'amqps', 'jdbc:postgresql', 'x-y+z.1');

function assertClean(text: string, redact: (text: string) => string): void {
  const redacted = redact(text);
  assert.ok(!redacted.includes(CANARY), `${JSON.stringify(text)} became ${JSON.stringify(redacted)}`);
  assert.equal(redact(redacted), redacted);
}

describe('core/redact redactUrl', () => {
  it('masks the password and keeps what helps to find the server', () => {
    const cases = [
      ['postgres://u:c4n4ry@h:5432/db?sslmode=require', 'postgres://u:***@h:5432/db?sslmode=require'],
      ['postgres://u@corp:c4n4ry@h/db', 'postgres://u@corp:***@h/db'],
      ['postgres://DOMAIN/u:c4n4ry@h/db', 'postgres://DOMAIN/u:***@h/db'],
      ['redis://:c4n4ry@h', 'redis://:***@h'],
      ['postgres://u:c4n 4ry@h1,h2/db', 'postgres://u:***@h1,h2/db'],
      ['postgres://u:c4n4ry', 'postgres://u:***'],
      ['https://c4n4ry@h/x', 'https://***@h/x'],
      ['https://u:c4/n4ry@h/x', 'https://u:***@h/x'],
      [
        'postgres://h/db?user=u&password=c4n4ry&sslpassword=c4n4ry',
        'postgres://h/db?user=u&password=***&sslpassword=***',
      ],
      ['https://h/k?X-Amz-Date=1&X-Amz-Signature=c4n4ry', 'https://h/k?X-Amz-Date=1&X-Amz-Signature=***'],
      [
        'https://h/k?x-amz-security-token=c4&X-Amz-Credential=n4',
        'https://h/k?x-amz-security-token=***&X-Amz-Credential=***',
      ],
      ['https://h/k?sv=1&sig=c4n4ry%3D&se=2', 'https://h/k?sv=1&sig=***&se=2'],
      ['postgres://h/db?pass%77ord=c4n4ry', 'postgres://h/db?pass%77ord=***'],
    ] as const;
    assert.equal(cases.length, 13);
    for (const [url, redacted] of cases) assert.equal(redactUrl(url), redacted);
  });

  it('leaves a URL without secrets as it is', () => {
    const urls = [
      's3://bucket/a:b@c?d=e',
      'abfss://container@account.dfs.core.windows.net/a:b@c',
      'http://localhost:9000/bucket/a@b',
      'postgres://u@h:5432/db',
      'postgres://h1:5432,h2:5432/db',
      'postgres://[::1]:5432/db',
      'secret://env/PG_PASSWORD',
      'no url',
      '',
    ];
    for (const url of urls) assert.equal(redactUrl(url), url);
  });

  it('holds no canary for any DSN, with its password percent-encoded, raw or with spaces', () => {
    const password = fc.oneof(secret, spacedSecret, spacedSecret.map(encodeURIComponent));
    fc.assert(
      fc.property(scheme, password, fc.constantFrom('', 'u', 'u@corp', 'u%40x'), (name, text, user) => {
        assertClean(`${name}://${user}:${text}@h:5432/db?sslmode=require`, redactUrl);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('core/redact redactText', () => {
  it('masks secrets beside their names and leaves the rest to read', () => {
    const cases = [
      ['to postgres://u:c4n4ry@h/db failed', 'to postgres://u:***@h/db failed'],
      ["host=h password='c4 \\' n4ry' user=u", "host=h password='***' user=u"],
      ['password = c4\\ n4ry user=u', 'password = *** user=u'],
      ["Password='c4''n4ry';Host=h", "Password='***';Host=h"],
      ['AccountName=a;AccountKey=c4n4ry==;EndpointSuffix=s', 'AccountName=a;AccountKey=***;EndpointSuffix=s'],
      ['SharedAccessSignature=sv=1&sig=c4n4ry;BlobEndpoint=b', 'SharedAccessSignature=***;BlobEndpoint=b'],
      ['AWS_SECRET_ACCESS_KEY=c4/n4+ry AWS_REGION=r', 'AWS_SECRET_ACCESS_KEY=*** AWS_REGION=r'],
      [
        "{ secretAccessKey: 'c4n4ry', sessionToken: 'c4n4ry', a: 1 }",
        "{ secretAccessKey: '***', sessionToken: '***', a: 1 }",
      ],
      ['{"password":"c4\\"n4ry","user":"u"}', '{"password":"***","user":"u"}'],
      ['{\\"password\\":\\"c4 n4ry\\",\\"b\\":1}', '{\\"password\\":\\"***\\",\\"b\\":1}'],
      ['Authorization: AWS4-HMAC-SHA256 Signature=c4n4ry\nHost: h', 'Authorization: ***\nHost: h'],
      ["headers: { authorization: 'Basic c4n4ry', host: 'h' }", "headers: { authorization: '***', host: 'h' }"],
      ['x-amz-security-token: c4n4ry rest', 'x-amz-security-token: *** rest'],
      ['sent Bearer c4n4ryc4n4ry to h', 'sent Bearer *** to h'],
      ['password="c4n4ry without an end', 'password="***'],
      ['at postgres://u:c4/n4 ry@h/db, again', 'at postgres://u:***@h/db, again'],
      ['at redis://u:c4/n4ry and no more', 'at redis://u:*** and no more'],
      ['["X-Amz-Security-Token","c4n4ry","host","h"]', '["X-Amz-Security-Token","***","host","h"]'],
      ["[ 'authorization', 'Basic c4n4ry', 'host' ]", "[ 'authorization', '***', 'host' ]"],
      ['<a:SessionToken>c4n4ry</a:SessionToken><Code>C</Code>', '<a:SessionToken>***</a:SessionToken><Code>C</Code>'],
      ['{"url":"h/p?sv=1\\u0026sig=c4n4ry"}', '{"url":"h/p?sv=1\\u0026sig=***'],
      ['accountKey: <Buffer 63 34 6e>, name: n', 'accountKey: *** name: n'],
      ['accountKey: Uint8Array(3) [ 99, 52, 110 ], name: n', 'accountKey: *** name: n'],
      ['{"accountKey":{"type":"Buffer","data":[99,52]},"a":1}', '{"accountKey":***'],
      ['told SharedKey acc:c4n4ryc4n4ry= to h', 'told SharedKey *** to h'],
    ] as const;
    assert.equal(cases.length, 25);
    for (const [text, redacted] of cases) assert.equal(redactText(text), redacted);
  });

  it('masks what has become the parameter of another URL, three times over', () => {
    const text = 'to postgres://u:c4n4ry@h/db?a=b&password=c4n4ry';
    const masked = 'to postgres://u:***@h/db?a=b&password=***';
    let [encoded, redacted] = [text.slice(3), masked.slice(3)];
    for (const times of [1, 2, 3]) {
      [encoded, redacted] = [encodeURIComponent(encoded), encodeURIComponent(redacted)];
      assert.equal(redactText(`GET https://p/?u=${encoded} 500`), `GET https://p/?u=${redacted} 500`, `${times}`);
    }
    const [bytes, harmless] = ['%E9%zz%3Dpassword%3Dc4n4ry', 'https://h/a%20b%3A%25c?d=%E9%3D1'];
    assert.ok(!redactText(bytes).includes(CANARY));
    assert.equal(redactText(harmless), harmless);
  });

  it('leaves messages without secrets as they are', () => {
    const texts = [
      'password authentication failed for user "bob"',
      'InvalidToken: The provided token is malformed',
      'SignatureDoesNotMatch: The request signature we calculated does not match',
      'secret://env/PG_PASSWORD is not set',
      'connect ECONNREFUSED 127.0.0.1:5432',
      'Unexpected token } in JSON at position 5',
      'GET https://b.s3.eu-west-1.amazonaws.com/a%20b@c?versionId=1 500',
      'relation "a:b" does not exist',
      'redis://h:6379/a b@c',
      '<Error><Code>SignatureDoesNotMatch</Code><Tokens> </Tokens><Token>\n</Token></Error>',
      'columns "token", b and ["user","name"]',
      'SharedKey credentials are not allowed',
    ];
    for (const text of texts) assert.equal(redactText(text), text);
  });

  it('holds no canary for any DSN amid prose', () => {
    fc.assert(
      fc.property(
        prose,
        scheme,
        fc.oneof(secret, secret.map(encodeURIComponent)),
        prose,
        (before, name, text, after) => {
          assertClean(`${before}${name}://u:${text}@h:5432/db ${after}`, redactText);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('holds no canary for any conninfo, JSON, environment or query assignment', () => {
    const conninfo = (text: string) => `host=h password='${text.replace(/[\\']/g, '\\$&')}' user=u`;
    const bare = (text: string) => `sslpassword=${text.replace(/[\\'"` \t]/g, '\\$&')} user=u`;
    const json = (text: string) => JSON.stringify({ a: 1, sessionToken: text, b: 2 });
    const nested = (text: string) => JSON.stringify({ body: JSON.stringify({ password: text.replace(/["\\]/g, '') }) });
    const shown = (text: string) => inspect({ a: 1, secretAccessKey: text, b: 2 });
    const query = (text: string) => `https://h/k?a=1&X-Amz-Signature=${encodeURIComponent(text)}&b=2`;
    const parameter = (text: string) => `https://p/?u=${encodeURIComponent(query(text))}`;
    const list = (text: string) => JSON.stringify(['a', 'x-amz-security-token', text, 'b']);
    const element = (text: string) => `<SecretAccessKey>${text.replace(/</g, '&lt;')}</SecretAccessKey><a>b</a>`;
    const header = (text: string) => `authorization: Basic ${text}\r\nhost: h`;
    fc.assert(
      fc.property(
        prose,
        spacedSecret,
        fc.constantFrom(conninfo, bare, json, nested, shown, query, header, parameter, list, element),
        (before, text, form) => assertClean(`${before}${form(text)}`, redactText),
      ),
      { numRuns: 4_000 },
    );
  });

  it('changes nothing the second time, whatever the text', () => {
    const words = [
      'password',
      'sig',
      'token',
      '=',
      ':',
      '://',
      '@',
      "'",
      '"',
      '\\',
      ' ',
      ';',
      '&',
      '?',
      '***',
      'a',
      '9',
      '\n',
    ];
    const starts = [
      'Bearer ',
      'authorization',
      'x://',
      'AccountKey=',
      '<token>',
      '<Buffer ',
      'SharedKey a:',
      '\\u0026',
    ];
    const encoded = ['%', '25', '3D', '%3A', '%2F', '%40', '%20', '%3Csecret%3E', ','];
    const hostile = fc.array(fc.constantFrom(...words, ...starts, ...encoded), { maxLength: 30 });
    fc.assert(
      fc.property(hostile, (parts) => {
        for (const redact of [redactText, redactUrl]) {
          const once = redact(parts.join(''));
          assert.equal(redact(once), once);
        }
      }),
      { numRuns: 10_000 },
    );
  });
});

describe('core/redact safeCause', () => {
  const show = (error: unknown): string =>
    inspect(error, { showHidden: true, depth: 12 }) + JSON.stringify(error) + String(error);

  it('keeps name, string code and redacted message, and no other property or frame', () => {
    class ServiceError extends Error {
      override readonly name = 'NoSuchKey';
      readonly code = 'ECONNRESET';
      readonly config = { password: CANARY };
    }
    const cause = safeCause(new ServiceError(`lost postgres://u:${CANARY}@h/db`));
    assert.ok(cause instanceof Error && !(cause instanceof ServiceError));
    assert.deepEqual(Object.keys(cause), ['code']);
    assert.equal(cause.name, 'NoSuchKey');
    assert.equal(Reflect.get(cause, 'code'), 'ECONNRESET');
    assert.equal(cause.message, 'lost postgres://u:***@h/db');
    assert.equal(cause.stack, 'NoSuchKey: lost postgres://u:***@h/db');
    assert.ok(!show(cause).includes(CANARY));
  });

  it('replaces the message and withholds those of nested errors', () => {
    const foreign = Object.assign(new Error(`row ${CANARY}`, { cause: new Error(`row ${CANARY}`) }), {
      code: '22P02',
      detail: CANARY,
      where: CANARY,
    });
    const cause = safeCause(foreign, { message: 'invalid input syntax' });
    assert.ok(cause?.cause instanceof Error);
    assert.equal(cause.message, 'invalid input syntax');
    assert.equal(Reflect.get(cause, 'code'), '22P02');
    assert.equal(cause.cause.message, '(message withheld)');
    assert.ok(!show(cause).includes(CANARY));
  });

  it('treats nested causes alike, three levels deep', () => {
    let foreign = new Error(`password=${CANARY} level 5`);
    for (let level = 4; level >= 0; level -= 1)
      foreign = new Error(`password=${CANARY} level ${level}`, { cause: foreign });
    const messages: string[] = [];
    for (let cause: unknown = safeCause(foreign); cause instanceof Error; cause = cause.cause)
      messages.push(cause.message);
    assert.deepEqual(
      messages,
      [0, 1, 2, 3].map((level) => `password=*** level ${level}`),
    );
  });

  it('treats the errors of an AggregateError alike', () => {
    const refused = Object.assign(new Error(`password=${CANARY}`), { code: 'ECONNREFUSED', token: CANARY });
    const cause = safeCause(new AggregateError([refused, 'text', undefined], 'all failed'));
    assert.ok(cause instanceof AggregateError);
    assert.deepEqual(
      cause.errors.map((error: unknown) => String(error)),
      ['Error: password=***', 'Error: text'],
    );
    assert.ok(!show(cause).includes(CANARY));
  });

  it('ends with an AggregateError that holds itself, after so many levels', () => {
    const round = new AggregateError([], `password=${CANARY}`);
    round.errors.push(round);
    const seen: string[] = [];
    for (let cause: unknown = safeCause(round); cause instanceof AggregateError; cause = cause.errors[0]) {
      seen.push(cause.message);
    }
    assert.deepEqual(seen, Array<string>(4).fill('password=***'));
  });

  it('takes the code of an AWS error from where older services have it', () => {
    const cause = safeCause(Object.assign(new Error('slow down'), { Code: 'SlowDown' }));
    assert.equal(Reflect.get(cause ?? {}, 'code'), 'SlowDown');
    assert.deepEqual(Object.keys(safeCause(new Error('no code')) ?? {}), []);
  });

  it('passes our own errors through, also as a nested cause', () => {
    const ours = connectorError('THROTTLED', 'slow down');
    assert.equal(safeCause(ours), ours);
    assert.equal(safeCause(new Error('outer', { cause: ours }))?.cause, ours);
  });

  it('copes with whatever was thrown', () => {
    const hostile = new Proxy(new Error('x'), {
      get: () => {
        throw new Error(CANARY);
      },
    });
    const cyclic = new Error('round');
    cyclic.cause = cyclic;
    const odd = Object.assign(new Error('odd'), { name: `secret ${CANARY}`, code: 20 });
    const seen = [undefined, null, `token=${CANARY}`, 5, Symbol('s'), {}, hostile, cyclic, odd].map((thrown) =>
      safeCause(thrown),
    );
    assert.deepEqual(
      seen.map((error) => error && `${error.name}: ${error.message}`),
      [undefined, undefined, 'Error: token=***', ...Array<string>(4).fill('Error: '), 'Error: round', 'Error: odd'],
    );
    assert.ok(!show(seen).includes(CANARY));
  });

  it('bounds the message, and cuts no password off from what marks it', () => {
    const text = `${'x '.repeat(8_185)} postgres://u:${CANARY.repeat(10)}@h`;
    const message = safeCause(new Error(text))?.message ?? '';
    assert.equal(message.length, 2_000);
    const word = safeCause(new Error(`postgres://u:${CANARY.repeat(5_000)}@h`))?.message;
    assert.equal(word, '');
  });
});
