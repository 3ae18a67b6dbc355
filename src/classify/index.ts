/** Every error of this package, and what makes one of anything that was caught. No SDK is loaded. */
export { ERROR_CODES } from '../error-codes.ts';
export * from '../errors.ts';
export { classifyError } from './classify-error.ts';
export type { ClassifyOptions } from './classify-error.ts';
