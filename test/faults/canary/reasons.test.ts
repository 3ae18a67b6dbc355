import assert from 'node:assert/strict';
import { FACTORIES } from '../../observability/factories.ts';
import type { Observed } from '../../observability/factories.ts';
import { useServers } from '../../observability/play.ts';
import { describePostgres } from '../../support/postgres.ts';
import { watchStages } from '../../support/stage-events.ts';
import { PASSWORD, SECRET_KEY, VALUE } from './canaries.ts';
import { assertNoCanary, findCanary } from './detector.ts';
import { hearing, shown } from './hearing.ts';

/** What somebody else ends a stream with: it stays as it is, and is theirs to tell. */
const own = (): Error => Object.assign(new Error(`${VALUE} by ${PASSWORD}`), { secret: SECRET_KEY });

const WAYS: Readonly<Record<string, (stream: Observed, controller: AbortController, error: Error) => unknown>> = {
  'a signal is given': (_stream, controller, error) => controller.abort(error),
  'a stream is destroyed with': (stream, _controller, error) => stream.destroy(error),
};

describePostgres('what', (context) => {
  const servers = useServers(context);

  it('is tried in two ways on nine factories', () => {
    assert.deepEqual([Object.keys(WAYS).length, FACTORIES.length], [2, 12]);
  });

  for (const [way, end] of Object.entries(WAYS)) {
    for (const factory of FACTORIES) {
      it(`${way} is a cause and nothing else, and in no telemetry: ${factory.name}`, () =>
        servers(async (servers) => {
          const played = factory.arrange('abort', servers);
          const error = own();
          const heard = await hearing(async (ear) => {
            const controller = new AbortController();
            using stages = watchStages('reasons');
            const stream = played.make({ profile: 'reasons', signal: controller.signal });
            stages.at('transfer', () => void end(stream, controller, error));
            await played.use(stream).catch(() => undefined);
            const settled = await stream.settled;
            assert.equal(settled.error?.cause, error);
            assert.ok(findCanary(shown(settled.error)));
            ear.hear(JSON.stringify([settled, settled.error]), settled.error.message);
          });
          assert.ok(heard.spans === 1 && heard.metrics > 3 && heard.events > 3);
          assertNoCanary(heard.text);
        }));
    }
  }
});
