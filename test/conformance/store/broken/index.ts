/** Every broken store. */
import { brokenInKeeping } from './keeping.ts';
import { brokenInListing } from './listing.ts';

export const brokenStores = [...brokenInKeeping, ...brokenInListing];
