/** The settings of a profile with their secrets, whose providers may never answer. */
import { bounded } from './deadline.ts';

/** @throws TimeoutError `CONNECT_TIMEOUT` after `ms`: nothing was sent to anybody but the provider. */
export function revealed<S>(profile: { reveal(): Promise<S> }, ms: number): Promise<S> {
  const message = `the secrets of the settings did not come in ${ms} ms`;
  return bounded(profile.reveal(), { timeout: { ms, code: 'CONNECT_TIMEOUT', message } });
}
