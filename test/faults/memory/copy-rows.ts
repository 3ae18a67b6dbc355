/** Measured: a table that rows are loaded into much faster than the server takes them, or than one that stops taking any. */
import { pipeline } from 'node:stream/promises';
import { pgCopyRows } from '../../../src/connectors/postgres/index.ts';
import { measured, settings } from '../../support/measured.ts';
import { gushRows, quiet } from './neighbours.ts';

const { format, table, width, rows, dsn } = settings() as {
  format: 'text' | 'binary';
  table: string;
  width: number;
  /** Undefined where the server stops: then the load is given up when nothing moves any more. */
  rows?: number;
  dsn: string;
};
const sinkOf = (name: string) => pgCopyRows({ table: name, columns: ['v'], format, config: { dsn } });
const load = async (name: string, rowBytes: number, count: number): Promise<number> => {
  const sink = sinkOf(name);
  await pipeline(gushRows(rowBytes, count), sink);
  return sink.result?.bytes ?? 0;
};
/** Bytes of the rows that were taken in. */
const fill = async (): Promise<number> => {
  const sink = sinkOf(table);
  const stop = new AbortController();
  const loading = pipeline(gushRows(width), sink, { signal: stop.signal }).catch(() => undefined);
  while (sink.progress.bytes < width) await quiet();
  const taken = ((sink.progress.rows ?? 0) + sink.writableLength) * width;
  stop.abort();
  await loading;
  return taken;
};

await measured({
  warmUp: () => load('big', 1_000, 1_000),
  work: () => (rows === undefined ? fill() : load(table, width, rows)),
});
process.exit();
