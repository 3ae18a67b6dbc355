/** Tries every broken source, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { memorySourceSubject } from '../memory.ts';
import { sourceChecks } from '../suite.ts';
import { brokenSources } from './index.ts';

await tryBroken(sourceChecks, brokenSources, memorySourceSubject);
