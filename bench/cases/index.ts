/** All cases, in the order of the report. */
import type { BenchCase } from '../harness/case.ts';
import { gunzip } from './gunzip.ts';
import { rawCopy } from './raw-copy.ts';
import { s3Get } from './s3-get.ts';
import { s3Put } from './s3-put.ts';

export const cases: readonly BenchCase[] = [rawCopy, gunzip, s3Get, s3Put];
