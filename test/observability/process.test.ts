import assert from 'node:assert/strict';
import path from 'node:path';
import { BUCKET, assertSameBytes, settingsFor, useS3Server } from '../connectors/s3/support.ts';
import { csvRows } from '../support/bytes.ts';
import { describePostgres } from '../support/postgres.ts';
import { runNode } from '../support/run.ts';
import type { ChildReport, ChildSettings } from './processes/transfer.ts';

const ROWS = 1_000;
const DATA = csvRows(ROWS);
const TABLE = 'loaded';
const isOpenTelemetry = (url: string): boolean => url.includes('@opentelemetry');

describePostgres('a process that transfers', (context) => {
  const servers = useS3Server();
  beforeEach(() => context().sql(`CREATE TABLE ${TABLE} (a int, b text)`));
  afterEach(() => context().sql(`DROP TABLE ${TABLE}`));

  /** What the process says; the bytes have gone there and back. */
  const transfer = async (watched: Partial<ChildSettings> = {}): Promise<ChildReport> => {
    const { s3 } = servers;
    s3.putObject(BUCKET, 'in', DATA);
    const place = { dsn: context().dsn, table: TABLE, bucket: BUCKET, config: settingsFor(s3) };
    const settings: ChildSettings = { ...place, registered: false, missing: false, throwing: false, ...watched };
    const file = path.join(import.meta.dirname, 'processes/transfer.ts');
    const { stdout } = await runNode([file, JSON.stringify(settings)], { cwd: import.meta.dirname });
    const report = JSON.parse(stdout) as ChildReport;
    assert.deepEqual([report.rows, report.exported], [ROWS, DATA.length]);
    assertSameBytes(s3.getObject(BUCKET, 'out') ?? Buffer.alloc(0), DATA);
    return report;
  };

  it('loads nothing of OpenTelemetry while nobody has registered with it', async () => {
    const { loaded } = await transfer();
    assert.ok(loaded.some((url) => url.includes('/node_modules/pg/')));
    assert.deepEqual(loaded.filter(isOpenTelemetry), []);
  });

  it('loads the API once somebody has', async () => {
    const { loaded } = await transfer({ registered: true });
    assert.ok(loaded.some(isOpenTelemetry));
  });

  it('looks once for an API that is not to be found from here, and does without', async () => {
    const { loaded, lookedFor } = await transfer({ registered: true, missing: true });
    assert.deepEqual([lookedFor, loaded.filter(isOpenTelemetry)], [1, []]);
  });

  it('transfers the same while every subscriber of every channel throws, and Node tells of each', async () => {
    const { events, uncaught } = await transfer({ throwing: true });
    assert.equal(uncaught.length, events);
    const ofEnds = (name: string): number => uncaught.filter((message) => message === name).length;
    assert.deepEqual([ofEnds('start'), ofEnds('end'), ofEnds('error')], [4, 4, 0]);
    assert.ok(ofEnds('stage') > 4);
  });
});
