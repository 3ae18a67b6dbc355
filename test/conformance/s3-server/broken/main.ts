/** Tries every broken server, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { s3ServerChecks } from '../suite.ts';
import { brokenServerSubject } from './broken-server.ts';
import { brokenServers } from './index.ts';

await tryBroken(s3ServerChecks, brokenServers, brokenServerSubject);
