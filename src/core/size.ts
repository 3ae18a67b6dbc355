/** Sizes as people write them, read once at the boundary into whole bytes. */

import { connectorError } from '../errors.ts';

/** Bytes as a number, or a string with a unit: `B`, `KB MB GB TB` (powers of 1000), `KiB MiB GiB TiB` (powers of 1024). */
export type Size = number | string;

/**
 * Bytes of a {@link Size}. Units are case-sensitive, and decimals are allowed where they give whole bytes (`'1.5MiB'`).
 *
 * @param value - A safe integer >= 0, or a string with a unit and no spaces.
 * @param name - The option, as the error shall call it. The value itself is not repeated: it may be a misplaced secret.
 * @throws ConfigError `CONFIG_INVALID` for anything else.
 */
export function parseSize(value: Size, name: string): number {
  const bytes = typeof value === 'string' ? fromText(value) : value;
  if (Number.isSafeInteger(bytes) && bytes >= 0) return bytes;
  throw connectorError(
    'CONFIG_INVALID',
    `${name} must be a size: whole bytes as a number, or a string such as '100B', '64KiB', '8MiB', '1GiB' or '5MB'`,
  );
}

const UNIT_BYTES: Readonly<Record<string, bigint>> = {
  B: 1n,
  KB: 1_000n,
  MB: 1_000_000n,
  GB: 1_000_000_000n,
  TB: 1_000_000_000_000n,
  KiB: 1n << 10n,
  MiB: 1n << 20n,
  GiB: 1n << 30n,
  TiB: 1n << 40n,
};

/** In integers, since 1.1 * 1e6 is no whole number in floating point. The bound on digits keeps the BigInts small. */
function fromText(text: string): number {
  const [, whole = '', fraction = '', unit = ''] = /^(\d{1,16})(?:\.(\d{1,16}))?([KMGT]i?B|B)$/.exec(text) ?? [];
  const scale = 10n ** BigInt(fraction.length);
  const scaled = BigInt(whole + fraction) * (UNIT_BYTES[unit] ?? 0n);
  return whole !== '' && scaled % scale === 0n ? Number(scaled / scale) : Number.NaN;
}
