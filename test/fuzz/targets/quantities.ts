/** Durations and sizes: exact, strict, and silent about what they refuse. */
import fc from 'fast-check';
import { parseDuration } from '../../../src/core/duration.ts';
import { parseSize } from '../../../src/core/size.ts';
import { ConnectorError } from '../../../src/errors.ts';
import { attempt, must } from '../broken.ts';
import { target } from '../target.ts';
import type { OpenTarget } from '../target.ts';

const UNITS: Readonly<Record<string, bigint>> = {
  ...{ B: 1n, KB: 10n ** 3n, MB: 10n ** 6n, GB: 10n ** 9n, TB: 10n ** 12n },
  ...{ KiB: 2n ** 10n, MiB: 2n ** 20n, GiB: 2n ** 30n, TiB: 2n ** 40n },
};
const amount = fc.oneof(fc.bigInt({ min: 0n, max: 10n ** 18n }).map(String), fc.constantFrom('0', '1', '007', ''));
const fraction = fc.oneof(
  fc.constant(''),
  fc.nat(10 ** 6).map((digits) => `.${digits}`),
  fc.constantFrom('.', '.5', '.25'),
);
const unit = fc.constantFrom(...Object.keys(UNITS), 'ms', 's', 'm', 'h', '', 'kb', ' s', 'B ', 'XB');
const text = fc.oneof(
  fc.tuple(amount, fraction, unit).map((pieces) => pieces.join('')),
  fc.string({ maxLength: 12 }),
);

export const quantities: OpenTarget = () =>
  target({
    input: fc.record({ value: fc.oneof(text, fc.double(), fc.integer()), times: fc.constantFrom(1, 1, 1, 5_000) }),
    check({ value, times }) {
      const given = typeof value === 'string' ? value.repeat(times) : value;
      const bytes = attempt(['CONFIG_INVALID'], () => parseSize(given, 'size'));
      const exact = exactBytes(given);
      if ('value' in bytes) {
        must(Number.isSafeInteger(bytes.value) && bytes.value >= 0, `a size of ${bytes.value}`);
        must(BigInt(bytes.value) === exact, `${String(given)} are ${String(exact)} bytes, not ${bytes.value}`);
      } else must(exact === undefined, `${String(given)} are ${String(exact)} bytes, and refused`);
      const ms = attempt(['CONFIG_INVALID'], () => parseDuration(given, 'time'));
      if ('value' in ms) must(ms.value >= 0 && ms.value < 2 ** 31, `a duration of ${ms.value} ms`);
      if ('value' in ms && typeof given === 'number') must(ms.value === given, 'a number of milliseconds was changed');
      try {
        parseDuration(`${String(given)} canary`, 'time');
        must(false, 'a duration with a space was taken');
      } catch (error) {
        must(error instanceof ConnectorError && !error.message.includes('canary'), 'the message repeats the value');
      }
    },
  });

/** Whole bytes that a number can hold, by arithmetic that rounds nothing; `undefined`: none. */
const exactBytes = (given: number | string): bigint | undefined => {
  if (typeof given === 'number') return Number.isSafeInteger(given) && given >= 0 ? BigInt(given) : undefined;
  const [, whole, part = '', of = ''] = /^(\d{1,16})(?:\.(\d{1,16}))?([A-Za-z]+)$/.exec(given) ?? [];
  const unitBytes = UNITS[of];
  if (whole === undefined || unitBytes === undefined) return undefined;
  const [scaled, scale] = [BigInt(whole + part) * unitBytes, 10n ** BigInt(part.length)];
  const bytes = scaled / scale;
  return scaled % scale === 0n && bytes <= BigInt(Number.MAX_SAFE_INTEGER) ? bytes : undefined;
};
