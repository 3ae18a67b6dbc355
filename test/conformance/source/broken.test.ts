import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { describeConformance } from '../describe.ts';
import { brokenSources } from './broken/index.ts';
import { memorySourceSubject } from './memory.ts';
import { sourceChecks } from './suite.ts';

describe('the suite of sources', () => {
  describeConformance(sourceChecks, memorySourceSubject('accepts a source that keeps every promise'));
  describeBroken('source', sourceChecks, brokenSources, path.join(import.meta.dirname, 'broken/main.ts'));
});
