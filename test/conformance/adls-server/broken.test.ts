import path from 'node:path';
import { describeBroken } from '../broken.ts';
import { describeConformance } from '../describe.ts';
import { brokenServerSubject } from './broken/broken-server.ts';
import { brokenServers } from './broken/index.ts';
import { adlsServerChecks } from './suite.ts';

describe('the suite of ADLS servers', () => {
  describeBroken('server', adlsServerChecks, brokenServers, path.join(import.meta.dirname, 'broken/main.ts'));

  // What is refused is so for what is wrong with it, and not for standing in between.
  const subject = brokenServerSubject('a server that is only asked by another', (asked, ask) => ask(asked));
  const reason = 'the other one has the key';
  describeConformance(adlsServerChecks, {
    ...subject,
    lacks: { 'lets nobody read who has not its key': reason, 'lets nobody write who has not its key': reason },
  });
});
