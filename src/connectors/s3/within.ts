/** One request to S3 within its bound, cut when it is given up. */
import { requestsTo } from '../../core/within.ts';

export const within = requestsTo('S3');
