/** All cases, in the order of the report. */
import type { BenchCase } from '../harness/case.ts';
import { adlsGet } from './adls-get.ts';
import { adlsPut } from './adls-put.ts';
import { copyRows } from './copy-rows.ts';
import { copyTo } from './copy-to.ts';
import { decodeCopy } from './decode-copy.ts';
import { gunzip } from './gunzip.ts';
import { gzCopy } from './gz-copy.ts';
import { memory } from './memory.ts';
import { queryRows } from './query-rows.ts';
import { rawCopy } from './raw-copy.ts';
import { s3Get } from './s3-get.ts';
import { s3Put } from './s3-put.ts';
import { smallObjects } from './small-objects.ts';
import { telemetry } from './telemetry.ts';

export const cases: readonly BenchCase[] = [
  rawCopy,
  gzCopy,
  copyTo,
  queryRows,
  decodeCopy,
  copyRows,
  gunzip,
  s3Get,
  s3Put,
  smallObjects,
  adlsGet,
  adlsPut,
  telemetry,
  memory,
];
