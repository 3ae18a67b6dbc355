/** Tries every broken transform, in a process of its own. */
import { tryBroken } from '../../broken.ts';
import { memoryTransformSubject } from '../memory.ts';
import { transformChecks } from '../suite.ts';
import { brokenTransforms } from './index.ts';

await tryBroken(transformChecks, brokenTransforms, memoryTransformSubject);
