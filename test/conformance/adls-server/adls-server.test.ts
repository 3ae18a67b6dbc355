import { describeConformance } from '../describe.ts';
import { adlsServerSubject, ownAccount } from '../subjects/adls-servers.ts';
import { adlsServerChecks } from './suite.ts';

describe('every ADLS server', () => {
  describeConformance(adlsServerChecks, adlsServerSubject('our ADLS server', ownAccount));
});
