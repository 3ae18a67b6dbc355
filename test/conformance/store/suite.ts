/** What every store must do. */
import { choosingChecks } from './choosing.ts';
import { endingChecks } from './ending.ts';
import { keepingChecks } from './keeping.ts';
import { listingChecks } from './listing.ts';
import type { StoreCheck } from './place.ts';

export const storeChecks: readonly StoreCheck[] = [
  ...keepingChecks,
  ...choosingChecks,
  ...listingChecks,
  ...endingChecks,
];
