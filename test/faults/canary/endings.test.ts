import assert from 'node:assert/strict';
import { ENDINGS, FACTORIES } from '../../observability/factories.ts';
import { play, useServers } from '../../observability/play.ts';
import { describePostgres } from '../../support/postgres.ts';
import { CANARIES, SECRET_KEY, SESSION_TOKEN } from './canaries.ts';
import { assertNoCanary } from './detector.ts';
import { hearing } from './hearing.ts';
import { useKeeper } from './role.ts';

/** What the rows of the factories hold. */
const ROWS = ['row 1', 'no number'].map((value) => ({ name: 'the value of a row', value }));

describePostgres('no secret and no row is in anything that is told', (context) => {
  const keeper = useKeeper(context);
  const servers = useServers(keeper, { secretAccessKey: SECRET_KEY, sessionToken: SESSION_TOKEN });

  it('of twelve factories by four endings', () => assert.equal(FACTORIES.length * ENDINGS.length, 48));

  for (const factory of FACTORIES) {
    for (const ending of ENDINGS) {
      it(`of ${factory.name}, ${ending}`, () =>
        servers(async (servers) => {
          const played = factory.arrange(ending, servers);
          const heard = await hearing(async (ear) => {
            const watched = {
              ...played,
              make: (options: Parameters<typeof played.make>[0]) => ear.watch(played.make(options)),
              use: async (stream: Parameters<typeof played.use>[0]) => {
                try {
                  await played.use(stream);
                } catch (error) {
                  ear.hear(error);
                  throw error;
                }
              },
            };
            ear.hear(await play(factory, ending, watched));
          });
          const fails = ending === 'failure' || ending === 'abort';
          assert.deepEqual(
            [heard.spans, heard.metrics > 3, heard.events > 3, heard.errors >= 3],
            [2, true, true, fails],
          );
          assertNoCanary(heard.text, [...CANARIES, ...ROWS]);
        }));
    }
  }
});
