import assert from 'node:assert/strict';
import path from 'node:path';
import pg from 'pg';
import { encodeCopy, pgCopyTo } from '../../../../src/connectors/postgres/index.ts';
import { collect } from '../../../support/bytes.ts';
import { describePostgres } from '../../../support/postgres.ts';
import { runNode } from '../../../support/run.ts';
import { BUILT_IN_TYPES, SAMPLES, WITHOUT_LITERALS, sampleQueries } from '../rows/samples.ts';
import { TEXT_ONLY } from './text-only.ts';

const BUILT_IN_COUNT = 80;
const VALUES_BACK = 879;

const FORMATS = ['text', 'csv', 'binary'] as const;
const TYPES = Object.keys(SAMPLES).map((type, index) => ({ type, query: sampleQueries()[index] ?? '' }));

describePostgres('what is encoded', (context) => {
  let client: pg.Client;
  before(async () => {
    client = new pg.Client({ connectionString: context().dsn });
    await client.connect();
  });
  after(() => client.end());

  it('is tried with values of every built-in type', async () => {
    const found = (await context().sql(BUILT_IN_TYPES)).map((row) => row['typname']);
    assert.equal(found.length, BUILT_IN_COUNT);
    assert.deepEqual([...TYPES.map(({ type }) => type), ...WITHOUT_LITERALS].sort(), found);
  });

  for (const { type, query } of TYPES) {
    for (const format of FORMATS) {
      if (format === 'binary' && TEXT_ONLY.has(type)) continue;
      it(`of ${type} from its texts as ${format} is what the server writes, byte for byte`, async () => {
        const raw = { getTypeParser: () => (text: string) => text };
        const { rows, fields } = await client.query({ text: query, rowMode: 'array', types: raw });
        for (const columns of [
          fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID })),
          fields.map(({ name }) => ({ name, type: `"${type}"${/^c|^absent/.test(name) ? '' : '[]'}` })),
        ]) {
          const encoder = encodeCopy({ columns, format });
          encoder.end(rows[0]);
          assert.deepEqual(await collect(encoder), await collect(pgCopyTo({ query, format, client })));
        }
      });
    }
  }

  it('is refused as binary, before any row, for the types that have no writer, which are named', () => {
    for (const type of [...TEXT_ONLY, ...WITHOUT_LITERALS]) {
      const columns = [
        { name: 'a', type: 'int4' },
        { name: 'b', type },
      ];
      assert.throws(() => encodeCopy({ columns, format: 'binary' }), {
        code: 'CONFIG_INVALID',
        message: new RegExp(`b \\(${type}\\)`),
      });
    }
  });

  for (const zone of ['UTC', 'America/St_Johns', 'Australia/Lord_Howe']) {
    it(`comes back as node-postgres read it, in ${zone}`, async () => {
      const file = path.join(import.meta.dirname, 'round-trip.ts');
      const { stdout } = await runNode([file, context().dsn], { cwd: import.meta.dirname, env: { TZ: zone } });
      assert.equal(Number(stdout), VALUES_BACK);
    });
  }
});
