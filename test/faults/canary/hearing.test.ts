import assert from 'node:assert/strict';
import { channel } from 'node:diagnostics_channel';
import { Writable } from 'node:stream';
import { SpanStatusCode, metrics, trace } from '@opentelemetry/api';
import { CANARIES, VALUE } from './canaries.ts';
import { findCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import type { Ear } from './hearing.ts';

/** A stream as ours are, to be told by. */
function stream(settled: unknown): Writable & { readonly settled: Promise<unknown> } {
  return Object.assign(new Writable({ write: () => undefined }), { settled: Promise.resolve(settled) });
}

/** Wherever something may be told, and what is planted there. */
const PLACES: Readonly<Record<string, (value: string, ear: Ear) => unknown>> = {
  'a rejection': (value, ear) => ear.hear(new Error(value)),
  'a property of an error that is not listed': (value, ear) =>
    ear.hear(Object.defineProperty(new Error('x'), 'hidden', { value })),
  'a cause of a cause': (value, ear) => ear.hear(new Error('x', { cause: new Error('y', { cause: value }) })),
  'the JSON of an error': (value, ear) => ear.hear(Object.assign(new Error('x'), { toJSON: () => value })),
  'a symbol of a client': (value, ear) => ear.hear({ [Symbol('pool')]: { options: { deep: { password: value } } } }),
  'what a stream settles with': (value, ear) => ear.watch(stream({ outcome: 'not-done', error: new Error(value) })),
  'an error event': (value, ear) => {
    const watched = ear.watch(stream({}));
    return new Promise((resolve) => watched.once('error', resolve).destroy(new Error(value)));
  },
  'a property of a stream': (value, ear) => ear.watch(Object.assign(stream({}), { config: { password: value } })),
  'a chunk that a stream holds': (value, ear) => {
    const watched = ear.watch(stream({}));
    watched.write('first');
    watched.write(Buffer.from(value));
  },
  'an attribute of a span': (value) =>
    trace
      .getTracer('t')
      .startSpan('s', { attributes: { a: value } })
      .end(),
  'an event of a span': (value) => trace.getTracer('t').startSpan('s').addEvent('e', { a: value }).end(),
  'the status of a span': (value) =>
    trace.getTracer('t').startSpan('s').setStatus({ code: SpanStatusCode.ERROR, message: value }).end(),
  'a recorded exception': (value) => {
    const span = trace.getTracer('t').startSpan('s');
    span.recordException(new Error(value));
    span.end();
  },
  'a label of a metric': (value) => metrics.getMeter('m').createCounter('c').add(1, { a: value }),
  'an event of a channel': (value) => channel('sluice:operation:error').publish({ message: value }),
  'an event of a stage': (value) => channel('sluice:operation:stage').publish({ stage: value }),
  'a warning of the process': (value) => process.emitWarning(value),
  'a rejection that nobody handles': (value) => void Promise.reject(new Error(value)),
};

describe('whatever is told is heard:', () => {
  it('eighteen places', () => assert.equal(Object.keys(PLACES).length, 18));

  for (const [place, plant] of Object.entries(PLACES)) {
    it(place, async () => {
      for (const { name, value } of CANARIES) {
        const heard = await hearing(async (ear) => {
          await plant(value, ear);
        });
        assert.ok(findCanary(heard.text)?.startsWith(name), heard.text);
      }
    });
  }

  it('and where nothing is planted there is nothing', async () => {
    const heard = await hearing(async (ear) => {
      for (const plant of Object.values(PLACES)) await plant('harmless', ear);
    });
    assert.ok(heard.text.includes('harmless') && !heard.text.includes(VALUE));
    assert.equal(findCanary(heard.text), undefined);
  });
});
