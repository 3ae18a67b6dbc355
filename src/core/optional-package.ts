/** Loads an optional peer package on its first use, and says how to install it when it is missing. */
import { connectorError } from '../errors.ts';

/**
 * What `load` imports.
 *
 * @throws ConfigError `PACKAGE_MISSING` with the exact `npm install` line, only when one of `packages` itself is what
 * could not be found; any other failure inside a package comes back as it is.
 */
export async function importPackage<T>(load: () => Promise<T>, packages: readonly string[]): Promise<T> {
  try {
    return await load();
  } catch (error) {
    throw explained(error, packages);
  }
}

/** The same at once, for what `load` requires. */
export function requirePackage<T>(load: () => T, packages: readonly string[]): T {
  try {
    return load();
  } catch (error) {
    throw explained(error, packages);
  }
}

function explained(error: unknown, packages: readonly string[]): unknown {
  if (!isMissing(error, packages)) return error;
  const install = `npm install ${packages.join(' ')}`;
  return connectorError('PACKAGE_MISSING', `this needs ${packages.join(' and ')}; install with: ${install}`, {
    stage: 'configure',
  });
}

function isMissing(error: unknown, packages: readonly string[]): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  if (error.code !== 'ERR_MODULE_NOT_FOUND' && error.code !== 'MODULE_NOT_FOUND') return false;
  return packages.some((name) => error.message.includes(`'${name}'`));
}
