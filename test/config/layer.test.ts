import assert from 'node:assert/strict';
import fc from 'fast-check';
import { camelCased, isPlain, merge } from '../../src/config/layer.ts';
import type { Layer } from '../../src/config/layer.ts';

const { stringify } = JSON;
const parse = (json: string): Layer => JSON.parse(json) as Layer;

/** Layers of a few keys, some of them dangerous, so that they often meet. */
const { layer } = fc.letrec<{ layer: Layer; value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 3 }, fc.integer(), fc.constant(undefined), fc.constant([1]), tie('layer')),
  layer: fc.dictionary(fc.constantFrom('a', 'b', 'constructor', '__proto__', 'toString'), tie('value'), {
    noNullPrototype: true,
  }),
}));

describe('merging layers', () => {
  it('goes into groups, and the later value wins', () => {
    const merged = merge({ a: 1, pool: { min: 1, max: 2 }, b: { c: 1 } }, { a: 2, pool: { max: 9 }, b: 7 });
    assert.deepEqual(merged, { a: 2, pool: { min: 1, max: 9 }, b: 7 });
  });

  it('takes arrays and instances whole', () => {
    const when = new Date(0);
    assert.deepEqual(merge({ list: [1, 2], when: { a: 1 } }, { list: [3], when }), { list: [3], when });
  });

  it('lets an undefined value leave what is below', () => {
    assert.deepEqual(merge({ a: 1 }, { a: undefined }), { a: 1 });
  });

  it('changes neither of its arguments, nor any prototype, and can be repeated', () => {
    fc.assert(
      fc.property(layer, layer, (base, over) => {
        const before = [stringify(base), stringify(over)];
        const merged = merge(base, over);
        assert.deepEqual([stringify(base), stringify(over)], before);
        assert.equal(Object.getPrototypeOf(merged), Object.prototype);
        assert.deepEqual(Object.keys(Object.prototype), []);
        assert.equal(stringify(merge(merged, over)), stringify(merged));
      }),
    );
  });

  for (const json of [
    '{"__proto__":{"host":"evil"}}',
    '{"constructor":{"prototype":{"host":"evil"}}}',
    '{"pool":{"__proto__":{"host":"evil"}}}',
  ]) {
    it(`takes ${json} for an own key, and nothing inherits from it`, () => {
      const merged = merge(merge({ pool: { a: 1 } }, parse(json)), parse(json));
      assert.equal(merged['host'], undefined);
      assert.equal((merged['pool'] as Layer)['host'], undefined);
      assert.equal(({} as Layer)['host'], undefined);
      assert.ok(stringify(merged).includes('evil'), 'it was passed over in silence');
    });
  }
});

describe('keys', () => {
  it('are taken in snake_case and camelCase, at every depth', () => {
    const camel = { accessKeyId: 1, pool: { maxSize: 2 }, list: [{ as_it_is: 1 }], s3: 3 };
    const snake = { access_key_id: 1, pool: { max_size: 2 }, list: [{ as_it_is: 1 }], s3: 3 };
    assert.deepEqual(camelCased(snake), camel);
    assert.deepEqual(camelCased(camel), camel);
  });

  it('are taken in SCREAMING_SNAKE_CASE and PascalCase too, as they are pasted from elsewhere', () => {
    const pasted = { HOST: 1, ACCESS_KEY_ID: 2, SecretAccessKey: 3, POOL: { MAX_SIZE: 4, MinSize: 5 }, S3: 6 };
    const camel = { host: 1, accessKeyId: 2, secretAccessKey: 3, pool: { maxSize: 4, minSize: 5 }, s3: 6 };
    assert.deepEqual(camelCased(pasted), camel);
  });

  it('that are there twice, in two cases, are refused by their name: neither is lost', () => {
    for (const layer of [{ HOST: 'canary', host: 'canary' }, { a: { max_size: 'canary', maxSize: 'canary' } }]) {
      assert.throws(() => camelCased(layer), {
        code: 'CONFIG_INVALID',
        message: /^the setting (?:host|maxSize) is written twice in one place$/,
      });
    }
  });

  it('that are no words stay what they are, to be named in an error', () => {
    const odd = parse('{"__proto__":1,"_a":2,"b_":3,"C-d":4}');
    assert.equal(stringify(camelCased(odd)), stringify(odd));
  });

  it('do not touch instances', () => {
    const client = new (class {
      max_size = 1;
    })();
    assert.equal(isPlain(client), false);
    assert.equal(camelCased({ client })['client'], client);
  });
});
