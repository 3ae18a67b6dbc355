import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { describeConformance } from '../describe.ts';
import { brokenSinks } from './broken/index.ts';
import { memorySinkSubject } from './memory.ts';
import { sinkChecks } from './suite.ts';

describe('the suite of sinks', () => {
  describeConformance(sinkChecks, memorySinkSubject('accepts a sink that keeps every promise'));
  describeBroken('sink', sinkChecks, brokenSinks, path.join(import.meta.dirname, 'broken/main.ts'));
});
