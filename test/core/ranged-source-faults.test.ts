import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import type { RangeReply, RangeRequest } from '../../src/core/ranged-source.ts';
import { RangedWindow } from '../../src/core/ranged-window.ts';
import { connectorError } from '../../src/errors.ts';
import { rejection } from '../support/faults.ts';
import { unhandled } from '../support/unhandled.ts';
import { CHECKSUM_ALGORITHMS } from '../../src/core/checksum.ts';
import { checksumOf, drain, openRanged, patterned, Store } from './memory-store.ts';
import type { Info } from './memory-store.ts';

const object = patterned(40);
const twice = { attempts: 2, elapsedMs: 60_000, minDelayMs: 0, maxDelayMs: 0 };

/** A store whose `n`-th reply, counted from 1, is changed; the others are as they should be. */
class Altered extends Store {
  readonly bodies: RangeReply<Info>['body'][] = [];
  readonly #alter: (reply: RangeReply<Info>, n: number) => Partial<RangeReply<Info>>;

  constructor(alter: (reply: RangeReply<Info>, n: number) => Partial<RangeReply<Info>>) {
    super(object);
    this.#alter = alter;
  }

  override async readRange(request: RangeRequest): Promise<RangeReply<Info>> {
    const n = this.requests.length + 1;
    const reply = await super.readRange(request);
    const altered = { ...reply, ...this.#alter(reply, n) };
    this.bodies.push(altered.body);
    return altered;
  }
}

/** A store that answers with these bodies, one after the other, of an object of `size` bytes. */
function storeOf(size: number, ...bodies: PassThrough[]): Store {
  const store = new Store(patterned(size));
  store.stored = () => Promise.resolve(undefined);
  store.readRange = (request) => {
    store.requests.push(request);
    const body = bodies.shift() ?? new PassThrough();
    const length = Math.min(request.length, size - request.offset);
    return Promise.resolve({ version: 'v', totalBytes: size, offset: request.offset, length, body, info: { size } });
  };
  return store;
}

/** Takes the processor for so long, as a pipeline that is bound by it does: no timer gets a turn. */
function block(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('a reply to a ranged read', () => {
  it('must be of the version that the first reply named, and every later request says so', async () => {
    const store = new Store(object);
    assert.equal((await drain(openRanged(store, { concurrency: 4 }))).equals(object), true);
    const versions = store.requests.map(({ version }) => version);
    assert.deepEqual(versions, [undefined, 'v', 'v', 'v']);
  });

  const wrong: [what: string, reply: (reply: RangeReply<Info>) => Partial<RangeReply<Info>>, code: string][] = [
    ['begins later', ({ offset }) => ({ offset: offset + 1 }), 'RANGE_MISMATCH'],
    ['begins earlier', ({ offset }) => ({ offset: offset - 1 }), 'RANGE_MISMATCH'],
    ['is shorter', ({ length }) => ({ length: length - 1 }), 'RANGE_MISMATCH'],
    ['is longer', ({ length }) => ({ length: length + 1 }), 'RANGE_MISMATCH'],
    ['is of a larger object', ({ totalBytes }) => ({ totalBytes: totalBytes + 1 }), 'RANGE_MISMATCH'],
    ['is of another version', () => ({ version: 'w' }), 'OBJECT_CHANGED'],
  ];
  for (const [what, alter, code] of wrong) {
    it(`is refused when it ${what}, and its body is closed`, async () => {
      const store = new Altered((reply, n) => (n === 2 ? alter(reply) : {}));
      const source = openRanged(store, { concurrency: 1 });
      const error = await rejection(drain(source));
      assert.deepEqual([error['code'], error['retryable']], [code, false]);
      assert.ok(source.progress.bytes <= 10, 'bytes of the refused reply were passed on');
      assert.equal(store.requests.length, 2);
      assert.equal(store.bodies[1]?.destroyed, true);
      assert.equal((await source.settled).outcome, 'not-done');
    });
  }

  it('is asked for again when it does not begin in time, and closed when it comes after all', async () => {
    const late = new PassThrough();
    const headers = Promise.withResolvers<RangeReply<Info>>();
    const store = new Store(patterned(10));
    const answer = store.readRange.bind(store);
    store.readRange = async (request) =>
      store.requests.length === 0 ? (await answer(request), headers.promise) : answer(request);
    const source = openRanged(store, { responseMs: 20 });
    assert.equal((await drain(source)).equals(patterned(10)), true);
    assert.deepEqual([source.result?.requests, source.result?.retries], [2, 1]);
    headers.resolve({ version: 'v', totalBytes: 10, offset: 0, length: 10, body: late, info: { size: 10 } });
    await turn();
    assert.equal(late.destroyed, true);
  });
});

describe('a ranged read', () => {
  it('asks for nothing again when its body broke after the last byte', async () => {
    const store = new Store(object, [10, 10, 10, 10]);
    const source = openRanged(store, { concurrency: 4 });
    assert.equal((await drain(source)).equals(object), true);
    assert.equal(store.requests.length, 4);
  });

  it('shares what one round of requests cannot hold out evenly, so that none of the last one idles', async () => {
    const store = new Store(object);
    assert.equal((await drain(openRanged(store, { concurrency: 3 }))).equals(object), true);
    assert.deepEqual(
      store.requests.map(({ offset, length }) => [offset, length]),
      [
        [0, 10],
        [10, 6],
        [16, 6],
        [22, 6],
        [28, 6],
        [34, 6],
      ],
    );
  });

  it('never has more requests under way than are allowed', async () => {
    let running = 0;
    let most = 0;
    const store = new Altered(({ body }) => {
      body.once('end', () => (running -= 1));
      return {};
    });
    const answer = store.readRange.bind(store);
    store.readRange = (request) => {
      most = Math.max(most, (running += 1));
      return answer(request);
    };
    const options = { size: 40, version: 'v', partSize: 4, concurrency: 2, maxBufferedBytes: 1_000 };
    assert.equal((await drain(openRanged(store, options))).equals(object), true);
    assert.equal(most, 2);
  });

  it('does not end before its last body has: a byte too many is an error, not an end', async () => {
    const body = new PassThrough();
    const source = openRanged(storeOf(3, body));
    const read = rejection(drain(source));
    body.write('abc');
    while (source.progress.bytes < 3) await turn();
    for (let n = 0; n < 5; n += 1) await turn();
    assert.equal(source.readableEnded, false);
    body.write('d');
    assert.equal((await read)['code'], 'RANGE_MISMATCH');
  });

  it('that is left cuts its requests, and tells who waits for the properties', async () => {
    const store = storeOf(20, new PassThrough());
    const source = openRanged(store, { size: 20, version: 'v' });
    source.on('error', () => undefined).read(0);
    await turn();
    source.destroy();
    assert.equal((await source.settled).cleanup, 'confirmed');
    assert.equal(store.requests.length, 2);
    assert.ok(store.requests.every(({ signal }) => signal.aborted));

    const silent = new Store(object);
    silent.readRange = () => new Promise(() => undefined);
    const asked = openRanged(silent);
    const told = rejection(asked.info);
    asked.destroy();
    assert.equal((await told)['code'], 'ABORTED');
  });

  it('that is left gives its share of a shared window back, with what nobody consumed', async () => {
    const window = new RangedWindow(2, 30);
    const source = openRanged(new Store(object), { size: 40, version: 'v', window });
    source.on('error', () => undefined).once('readable', () => undefined);
    while (source.progress.bytes === 0) await turn();
    assert.ok(window.reserved > 0);
    source.destroy();
    await source.settled;
    assert.equal(window.reserved, 0);
    assert.deepEqual([window.open(15), window.open(15)], [true, true], 'a slot was kept');
  });

  it('that is ended by whoever hears that it has begun ends no process by its body, which fails as it is cut', async () => {
    const body = new PassThrough();
    const store = storeOf(40, body);
    const { readRange } = store;
    store.readRange = (request) => {
      request.signal.addEventListener('abort', () => body.destroy(new Error('cut')));
      return readRange(request);
    };
    const controller = new AbortController();
    const hear = (event: unknown): void => {
      if ((event as { stage: string }).stage === 'transfer') controller.abort();
    };
    subscribe('sluice:operation:stage', hear);
    try {
      const source = openRanged(store, {}, { signal: controller.signal });
      assert.equal((await rejection(drain(source)))['code'], 'ABORTED');
      assert.equal((await source.settled).cleanup, 'confirmed');
      // An error that nobody hears is thrown in a turn of its own.
      await turn();
      assert.ok(body.destroyed);
    } finally {
      unsubscribe('sluice:operation:stage', hear);
    }
  });

  it('that fails ends no process by its properties, when nobody asked for them', async () => {
    const seen = await unhandled(async () => {
      const store = new Store(object);
      store.readRange = () => Promise.reject(connectorError('NOT_FOUND', 'no such object'));
      const source = openRanged(store);
      assert.equal((await rejection(drain(source)))['code'], 'NOT_FOUND');
    });
    assert.deepEqual(seen, []);
  });

  it('tells its errors again to who listens, once its properties are known', async () => {
    const source = openRanged(new Store(object));
    assert.equal((await source.info).size, 40);
    await turn();
    assert.equal(source.listenerCount('error'), 0);
    source.destroy();
    await source.settled;
  });

  it('names the deadline, not what broke, to who waits for the properties', async () => {
    const store = new Store(object);
    store.readRange = () => {
      block(30);
      return Promise.reject(new Error('read ECONNRESET'));
    };
    const source = openRanged(store, {}, { timeout: 20 });
    assert.equal((await rejection(source.info))['code'], 'DEADLINE_EXCEEDED');
    assert.equal((await source.settled).error?.code, 'DEADLINE_EXCEEDED');
  });
});

/** Of one piece that no object here consists of. */
const DAMAGED = { algorithm: 'crc32', pieces: [{ size: 40, value: 'AAAAAA==' }] } as const;

describe('the checksum of a whole object', () => {
  const failing = () => Promise.reject(connectorError('SERVER_ERROR', 'try again'));

  it('is asked for again when it could not be had at once', async () => {
    const store = new Store(object);
    const answer = store.stored.bind(store);
    let asked = 0;
    store.stored = () => ((asked += 1) === 1 ? failing() : answer());
    const source = openRanged(store);
    assert.equal((await drain(source)).equals(object), true);
    assert.equal(asked, 2);
  });

  it('is waited for within the bound of an answer, and no byte goes out without it', async () => {
    const store = new Store(object);
    store.stored = () => new Promise(() => undefined);
    const source = openRanged(store, { responseMs: 20, retry: twice });
    const error = await rejection(drain(source));
    assert.deepEqual([error['code'], source.progress.bytes], ['RESPONSE_TIMEOUT', 0]);
  });

  it('that fails while nobody reads ends no process', async () => {
    const seen = await unhandled(async () => {
      const store = new Store(object);
      let asked = 0;
      store.stored = () => {
        asked += 1;
        return failing();
      };
      const source = openRanged(store, { retry: { ...twice, attempts: 1 } });
      assert.deepEqual(await source.info, { size: 40 });
      await turn();
      assert.equal(asked, 1);
      source.destroy();
      await source.settled;
    });
    assert.deepEqual(seen, []);
  });

  it('comes with the reply where the whole was asked for, and nobody is asked for it', async () => {
    const store = new Altered(() => ({ checksum: DAMAGED }));
    store.stored = () => assert.fail('it was asked for');
    const source = openRanged(store, { size: 40, version: 'v', partSize: 40 });
    assert.equal((await rejection(drain(source)))['code'], 'CHECKSUM_MISMATCH');
    assert.deepEqual(
      store.requests.map(({ whole }) => whole),
      [true],
    );
  });

  it('is asked for where the reply says that it does not tell it', async () => {
    const store = new Altered(() => ({ checksum: 'ask' }));
    store.stored = () => Promise.resolve(DAMAGED);
    const source = openRanged(store, { size: 40, version: 'v', partSize: 40 });
    assert.equal((await rejection(drain(source)))['code'], 'CHECKSUM_MISMATCH');
  });

  it('is of any algorithm, and of as many pieces as the store holds, however the bytes are cut', async () => {
    for (const algorithm of CHECKSUM_ALGORITHMS) {
      for (const cuts of [[], [10], [1, 3, 30], [0, 40], [20, 20]]) {
        const store = new Store(object);
        const edges = [0, ...cuts, 40];
        const pieces = cuts.concat(40).map((end, index) => object.subarray(edges[index], end));
        store.stored = () => Promise.resolve(checksumOf(algorithm, pieces));
        assert.equal((await drain(openRanged(store))).equals(object), true, `${algorithm} ${cuts.join()}`);
      }
    }
  });

  it('refuses the piece that differs before its last byte goes out, and names it', async () => {
    for (const [damaged, bytes] of [
      [0, 9],
      [1, 18],
      [2, 39],
    ] as const) {
      const store = new Store(object);
      const right = checksumOf('crc64nvme', [object.subarray(0, 10), object.subarray(10, 19), object.subarray(19)]);
      const wrong = right.pieces.map((piece, index) =>
        index === damaged ? { ...piece, value: 'AAAAAAAAAAA=' } : piece,
      );
      store.stored = () => Promise.resolve({ ...right, pieces: wrong });
      const source = openRanged(store);
      const { code, message } = await rejection(drain(source));
      assert.equal(code, 'CHECKSUM_MISMATCH');
      assert.match(message, new RegExp(`part ${damaged + 1} of 3 do not match the crc64nvme`));
      assert.ok(source.progress.bytes <= bytes, `${source.progress.bytes} went out`);
    }
  });

  it('of more bytes than were read, or of fewer, is a mismatch', async () => {
    for (const pieces of [[object, Buffer.from('more')], [object.subarray(0, 39)]]) {
      const store = new Store(object);
      store.stored = () => Promise.resolve(checksumOf('sha256', pieces));
      assert.equal((await rejection(drain(openRanged(store))))['code'], 'CHECKSUM_MISMATCH');
    }
  });

  it('is not computed of a range, nor compared', async () => {
    const store = new Store(object);
    store.stored = () => assert.fail('it was asked for');
    assert.equal((await drain(openRanged(store, { start: 5, end: 14 }))).equals(object.subarray(5, 15)), true);
  });
});
