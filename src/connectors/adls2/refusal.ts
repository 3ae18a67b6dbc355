/** Why a name, a URL or a setting is refused before any request. */
import { connectorError } from '../../errors.ts';
import type { ConnectorError } from '../../errors.ts';

/** ConfigError `CONFIG_INVALID`. */
export function refused(why: string): ConnectorError {
  return connectorError('CONFIG_INVALID', why, { connector: 'adls2', stage: 'configure' });
}
