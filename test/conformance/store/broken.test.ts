import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { describeConformance } from '../describe.ts';
import { brokenStores } from './broken/index.ts';
import { memoryStoreSubject } from './memory.ts';
import { storeChecks } from './suite.ts';

describe('the suite of stores', () => {
  describeConformance(storeChecks, memoryStoreSubject('accepts a store that keeps every promise'));
  describeBroken('store', storeChecks, brokenStores, path.join(import.meta.dirname, 'broken/main.ts'));
});
