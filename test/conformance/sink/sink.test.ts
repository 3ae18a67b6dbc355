import { describeConformance } from '../describe.ts';
import { localSinks } from '../subjects/local.ts';
import { sinkChecks } from './suite.ts';

describe('every sink', () => {
  for (const subject of localSinks()) describeConformance(sinkChecks, subject);
});
