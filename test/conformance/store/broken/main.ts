/** Tries every broken store, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { memoryStoreSubject } from '../memory.ts';
import { storeChecks } from '../suite.ts';
import { brokenStores } from './index.ts';

await tryBroken(storeChecks, brokenStores, memoryStoreSubject);
