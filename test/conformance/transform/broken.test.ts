import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { describeConformance } from '../describe.ts';
import { brokenTransforms } from './broken/index.ts';
import { memoryTransformSubject } from './memory.ts';
import { transformChecks } from './suite.ts';

describe('the suite of transforms', () => {
  describeConformance(transformChecks, memoryTransformSubject('accepts a transform that keeps every promise'));
  describeBroken('transform', transformChecks, brokenTransforms, path.join(import.meta.dirname, 'broken/main.ts'));
});
