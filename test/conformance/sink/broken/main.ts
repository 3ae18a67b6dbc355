/** Tries every broken sink, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { memorySinkSubject } from '../memory.ts';
import { sinkChecks } from '../suite.ts';
import { brokenSinks } from './index.ts';

await tryBroken(sinkChecks, brokenSinks, memorySinkSubject);
