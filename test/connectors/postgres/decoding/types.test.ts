import assert from 'node:assert/strict';
import path from 'node:path';
import type { Readable } from 'node:stream';
import pg from 'pg';
import { BUILT_IN_TYPES } from '../../../../src/connectors/postgres/built-in-types.ts';
import type { CopyFormat } from '../../../../src/connectors/postgres/copy/copy-command.ts';
import { pgCopyTo } from '../../../../src/connectors/postgres/copy-to.ts';
import { decodeCopy } from '../../../../src/connectors/postgres/decode-copy.ts';
import { binaryWriter } from '../../../../src/connectors/postgres/decoding/binary/writers.ts';
import { describePostgres } from '../../../support/postgres.ts';
import { runNode } from '../../../support/run.ts';
import { WITHOUT_LITERALS, sampleQueries } from '../rows/samples.ts';
import { WITHOUT_BINARY } from './binary-types.ts';

/** A client in UTC. */
async function leased(connectionString: string): Promise<pg.Client & AsyncDisposable> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("SET TIME ZONE 'UTC'");
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.end() });
}

const VALUES = { csv: 153_974, text: 153_974, binary: 97_270 };

describePostgres('rows of COPY', (context) => {
  it('give a parser of yours the same text in binary format as in text format', async () => {
    const powers = `SELECT x::float4 AS a, x AS b, point(x, -x) AS c FROM (SELECT 2::float8 ^ (n / 3 - 126) * (1 + n % 3 / 8.0) AS x
      FROM generate_series(0, 750) n UNION ALL SELECT 33554448) x`;
    const evenDoubles = 'SELECT 9007199254740993.0::float8 + 2 ^ n AS a FROM generate_series(53, 300) n';
    const types = { getTypeParser: () => (text: string) => text };
    await using client = await leased(context().dsn);
    for (const query of [...sampleQueries(), powers, evenDoubles]) {
      const { fields } = await client.query(`${query} LIMIT 0`);
      const columns = fields.map(({ name, dataTypeID }) => ({ name, type: dataTypeID }));
      if (columns.some(({ type }) => binaryWriter(type) === undefined)) continue;
      const read = (format: CopyFormat) => {
        const rows = pgCopyTo({ query, format, client }).compose(decodeCopy({ columns, format, types })) as Readable;
        return rows.toArray();
      };
      assert.deepEqual(await read('binary'), await read('text'), query);
    }
  });

  for (const zone of ['UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Australia/Lord_Howe']) {
    it(`have the values of node-postgres in every format and every session's zone, read in ${zone}`, async () => {
      const file = path.join(import.meta.dirname, 'compare.ts');
      const { stdout } = await runNode([file, context().dsn], { cwd: import.meta.dirname, env: { TZ: zone } });
      assert.deepEqual(JSON.parse(stdout), VALUES);
    });
  }
});

describe('columns of COPY in binary format', () => {
  const refused = [...WITHOUT_BINARY, ...WITHOUT_LITERALS];

  for (const type of refused) {
    it(`of type ${type} are refused when the stream is made, and read in text format`, () => {
      const columns = ['before', { name: 'it', type }];
      const make = () => decodeCopy({ columns, format: 'binary' });
      assert.throws(make, { name: 'ConfigError', code: 'CONFIG_INVALID', column: 'it', message: /column it/ });
      assert.doesNotThrow(() => decodeCopy({ columns, format: 'text' }));
    });
  }

  it('of all other built-in types are taken', () => {
    const taken = BUILT_IN_TYPES.filter(({ name }) => !refused.includes(name)).map(({ name, oid }) => ({
      name,
      type: oid,
    }));
    assert.equal(taken.length, BUILT_IN_TYPES.length - refused.length);
    assert.doesNotThrow(() => decodeCopy({ columns: taken, format: 'binary' }));
  });
});
