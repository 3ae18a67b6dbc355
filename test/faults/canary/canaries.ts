/** What must never be told, in values that occur nowhere else. Any eight characters in a row are as bad as all of them. */

export interface Canary {
  /** What it stands for. */
  readonly name: string;
  readonly value: string;
}

const canary = (name: string, value: string): Canary => ({ name, value });

export const PASSWORD = 'Pq7/wZ+4x=Lk&9 v#Td2';
export const SECRET_KEY = 'Sk3/Hn+8e=Rw5/jYcG1uMb0';
export const SESSION_TOKEN = 'Tn6//Qa+Zr2==Vx8kEjU4o';
export const SIGNATURE = 'f3a9c1d7e5b84602f3a9c1d7e5b84602';
export const SAS = 'Sv5/Bd+1yQh=Xm7/tKw9Z';
export const ACCOUNT_KEY = 'Ak2/Jf+6pNc=Gz4/rVu8LqWe1sTy3iOb==';
/** In base64, as the SDK wants it. */
export const SIGNING_KEY = 'Ky4/Dm+9sHv3Bt7/QaZp6LxWn2uRc5fE8gJi1oTk';
export const VALUE = 'Vl9 Hq3wXe6 rTz1uKj8';

/** One more connector is some more lines here, and its paths in `canary.test.ts`. */
export const CANARIES: readonly Canary[] = [
  canary('the password of Postgres', PASSWORD),
  canary('the secret key of S3', SECRET_KEY),
  canary('the session token of S3', SESSION_TOKEN),
  canary('the signature of a request', SIGNATURE),
  canary('the signature of a shared access', SAS),
  canary('the key of an account', ACCOUNT_KEY),
  canary('the key that signs for ADLS', SIGNING_KEY),
  canary('the value of a row', VALUE),
];
