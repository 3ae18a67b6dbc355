/** Measured: rows of COPY that are taken much more slowly than their bytes come, or a row that has no end. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CopyFormat } from '../../../src/connectors/postgres/copy/copy-command.ts';
import { decodeCopy } from '../../../src/connectors/postgres/index.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { HEADER, int16, int32, tuple } from '../../connectors/postgres/decoding/binary-rows.ts';
import { measured, settings } from '../../support/measured.ts';
import { discard, gush, takeSlowly } from './neighbours.ts';

const { format, rows, width, endless } = settings() as {
  format: CopyFormat;
  rows: number;
  width: number;
  endless?: number;
};
const GIBIBYTE = 1024 ** 3;
const HEADS = { text: '', csv: '"', binary: Buffer.concat([HEADER, int16(1), int32(2 ** 31 - 1)]) };

/** An array of one column is as long as one row. */
const decoder = () => decodeCopy({ columns: ['a'], format, rowMode: 'array' });
const read = (rowBytes: number, limit: number): Promise<number> => {
  const row = 'x'.repeat(rowBytes);
  const source = format === 'binary' ? behind(HEADER, gush(GIBIBYTE, tuple(row))) : gush(GIBIBYTE, `${row}\n`);
  return takeSlowly(source.pipe(decoder()), limit);
};
/** Bytes that went in until the row was refused. */
const refuse = async (bytes: number): Promise<number> => {
  let taken = 0;
  const source = behind(HEADS[format], gush(bytes, 'x')).on('data', (chunk: Buffer) => (taken += chunk.length));
  try {
    await pipeline(source, decoder(), discard({ objectMode: true }));
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'BAD_ROW') return taken;
    throw error;
  }
  return NaN;
};

function behind(head: Buffer | string, rest: Readable): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from(head);
      yield* rest;
    })(),
    { objectMode: false },
  );
}

await measured({
  warmUp: () => read(1_000, 1),
  work: () => (endless === undefined ? read(width, rows) : refuse(endless)),
});
process.exit();
