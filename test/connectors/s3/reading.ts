/** What the fault tests of the S3 source share. */
import { s3ObjectSource } from '../../../src/connectors/s3/object-source.ts';
import type { S3ObjectSource, S3ObjectSourceOptions } from '../../../src/connectors/s3/object-source.ts';
import type { FaultAction, FaultHandle, S3Server } from '../../../src/testing/s3-server/index.ts';
import { BUCKET, KIB, QUICK, patterned, settingsFor } from './support.ts';

export const PART = 64 * KIB;
/** Four parts and a bit. */
export const BYTES = patterned(4 * PART + 1234);

/** Puts the object there and opens it. */
export const openSource = (s3: S3Server, options: Partial<S3ObjectSourceOptions> = {}): S3ObjectSource => {
  s3.putObject(BUCKET, 'key', BYTES);
  const target = { bucket: BUCKET, key: 'key', partSize: PART };
  return s3ObjectSource({ ...target, config: settingsFor(s3), retry: QUICK, ...options });
};

/** A fault on the requests for a part, from the one after `skip` on, until `until` have been made. */
export const onPart = (s3: S3Server, part: number, until: number, skip: number, action: FaultAction): FaultHandle => {
  let asked = 0;
  const last = Math.min((part + 1) * PART, BYTES.length) - 1;
  const selects = (range = ''): boolean => {
    if (!range.endsWith(`-${last}`)) return false;
    asked += 1;
    return asked > skip && asked <= until;
  };
  return s3.on('GetObject', ({ range }) => selects(range), action);
};
