import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { brokenServers } from './broken/index.ts';
import { s3ServerChecks } from './suite.ts';

describe('the suite of S3 servers', () => {
  describeBroken('server', s3ServerChecks, brokenServers, path.join(import.meta.dirname, 'broken/main.ts'));
});
