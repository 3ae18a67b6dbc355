/** Every broken server. */
import { brokenInKeeping } from './keeping.ts';
import { brokenInListing } from './listing.ts';

export const brokenServers = [...brokenInKeeping, ...brokenInListing];
