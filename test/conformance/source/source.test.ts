import { describeConformance } from '../describe.ts';
import { localSources } from '../subjects/local.ts';
import { sourceChecks } from './suite.ts';

describe('every source', () => {
  for (const subject of localSources()) describeConformance(sourceChecks, subject);
});
