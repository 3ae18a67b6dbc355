/** From a profile to its pool, by libpq's rules for TLS. */
import { limitMs } from '../../../core/duration.ts';
import { revealed } from '../../../core/revealed.ts';
import { withCertificates } from './certificates.ts';
import { connectionConfig } from '../config.ts';
import type { PasswordProvider, PostgresProfile } from '../config.ts';
import { refusesTls } from '../errors.ts';
import { poolFor } from '../native.ts';
import type { PgPool, PoolSource } from '../native.ts';

/**
 * What `work` gives on the pool of a profile. Under `sslmode=prefer` it is done again without TLS where the server has
 * none (libpq, "SSL Mode Descriptions"), so it must not have sent anything when it fails to connect.
 */
export async function onPool<T>(
  profile: PostgresProfile,
  name: string,
  work: (pool: PgPool) => Promise<T>,
): Promise<T> {
  try {
    return await work(await poolFor(`${profile.key} `, () => poolSource(profile, name)));
  } catch (error) {
    if (!refusesTls(error)) throw error;
    const { config, password } = await poolSource(profile, name);
    if (config.sslmode !== 'prefer') throw error;
    const open = { config: { ...config, sslmode: 'disable' as const }, password };
    return work(await poolFor(`${profile.key} open`, () => Promise.resolve(open)));
  }
}

/** Where secrets are, the password is looked up anew for every connection: one that was rotated is in use at once. */
async function poolSource(profile: PostgresProfile, name: string): Promise<PoolSource> {
  const { references, reveal, settings } = profile;
  const config = await withCertificates(
    connectionConfig(await revealed(profile, limitMs(settings.timeouts.connect)), name),
  );
  if (references.length === 0) return { config };
  const password: PasswordProvider = async () => {
    const { password: now } = connectionConfig(await reveal(), name);
    return typeof now === 'function' ? now() : (now ?? '');
  };
  return { config, password };
}
