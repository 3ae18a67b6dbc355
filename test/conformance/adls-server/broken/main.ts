/** Tries every broken server, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { adlsServerChecks } from '../suite.ts';
import { brokenServerSubject } from './broken-server.ts';
import { brokenServers } from './index.ts';

await tryBroken(adlsServerChecks, brokenServers, brokenServerSubject);
