/**
 * How large each part of an upload is: pure arithmetic over a service's limits.
 * Every plan is legal for every length up to its `largestObject`; a part is buffered, so parts stay as small as that allows.
 */

import { connectorError } from '../errors.ts';

/** What a service accepts. All sizes in bytes; the last part may be smaller than `minPartSize`. */
export interface PartLimits {
  readonly minPartSize: number;
  readonly maxPartSize: number;
  readonly maxParts: number;
  readonly maxObjectSize: number;
}

/** What to plan for. All sizes in bytes. */
export interface PartPlanOptions {
  readonly limits: PartLimits;
  /** Size of the parts of small and medium objects; within the limits. */
  readonly preferredPartSize: number;
  /** The largest part that memory allows; default `limits.maxPartSize`. */
  readonly maxPartBytes?: number | undefined;
  /** A hint. More bytes than it are still legal, up to `largestObject`. */
  readonly expectedBytes?: number | undefined;
  /**
   * All parts but the last of one size, as Cloudflare R2 requires ("Upload objects", multipart limits). The size comes from
   * `expectedBytes` and never grows, so an object of unknown length ends at `preferredPartSize * maxParts`. Default `false`.
   */
  readonly uniform?: boolean | undefined;
}

/** The sizes of an upload's parts. */
export interface PartPlan {
  /** The most bytes that the plan, and the service, can take. */
  readonly largestObject: number;
  /**
   * Size of the part at `index`, counted from 0; sizes never decrease.
   * @throws PermanentError `TOO_LARGE` for a part beyond the last.
   */
  sizeAt(index: number): number;
  /**
   * Call before sending the part that brings the object to `bytes`.
   * @throws PermanentError `TOO_LARGE` where `bytes` exceed `largestObject`.
   */
  assertFits(bytes: number): void;
}

/**
 * Plans an upload whose length is not known for certain.
 *
 * The first tenth of the parts (1,000 of 10,000) has the preferred size, and each further tenth doubles it; the steps become
 * shorter where that would not reach `maxObjectSize`. With `expectedBytes`, parts of one size take the hinted bytes within
 * half of the parts, and growth begins after them. Where `maxPartBytes` rules `maxObjectSize` out, parts stop growing there.
 *
 * @throws PermanentError `TOO_LARGE` where `expectedBytes` exceed what the limits or `maxPartBytes` permit.
 * @throws ConfigError `CONFIG_INVALID` for a `preferredPartSize` outside of the limits or over `maxPartBytes`.
 */
export function planParts(options: PartPlanOptions): PartPlan {
  const { preferredPartSize, expectedBytes = 0, uniform = false } = options;
  const limits = withinMemory(options.limits, options.maxPartBytes);
  const leastSize = partSizeFor(expectedBytes, preferredPartSize, limits);
  if (uniform) return planOf(limits, () => leastSize);

  const half = Math.max(1, Math.floor(limits.maxParts / 2));
  const base = Math.min(limits.maxPartSize, Math.max(leastSize, Math.ceil(expectedBytes / half)));
  return planOf(limits, growth(base, Math.ceil(expectedBytes / base), limits));
}

/**
 * The one part size for an object of known length: the preferred one, or the smallest that makes do with `maxParts`.
 *
 * @throws PermanentError `TOO_LARGE` where no legal size exists.
 * @throws ConfigError `CONFIG_INVALID` for a `preferredPartSize` outside of the limits.
 */
export function partSizeFor(totalBytes: number, preferredPartSize: number, limits: PartLimits): number {
  const { minPartSize, maxPartSize, maxParts, maxObjectSize } = limits;
  if (!Number.isSafeInteger(preferredPartSize) || preferredPartSize < minPartSize || preferredPartSize > maxPartSize) {
    throw connectorError(
      'CONFIG_INVALID',
      `partSize must be a whole number of bytes from ${minPartSize} to ${maxPartSize}, and is ${preferredPartSize}`,
    );
  }
  assertAtMost(totalBytes, Math.min(maxObjectSize, maxPartSize * maxParts));
  return Math.max(preferredPartSize, Math.ceil(totalBytes / maxParts));
}

/** The largest object of unknown length, in bytes, when no part may exceed `maxPartBytes`. Errors as {@link planParts}. */
export function largestObject(maxPartBytes: number, preferredPartSize: number, limits: PartLimits): number {
  return planParts({ limits, preferredPartSize, maxPartBytes }).largestObject;
}

type SizeAt = (index: number) => number;

/** Small enough that even 1 byte grows to any legal part within the first step. */
const SHORTEST_STEP = 1 / 64;

function withinMemory(limits: PartLimits, maxPartBytes: number = limits.maxPartSize): PartLimits {
  return { ...limits, maxPartSize: Math.min(limits.maxPartSize, Math.floor(maxPartBytes)) };
}

/** `base` for the first `plateau` parts, then doubling once per step, with the longest step that reaches the largest object. */
function growth(base: number, plateau: number, limits: PartLimits): SizeAt {
  const { maxParts, maxPartSize, maxObjectSize } = limits;
  const stepped = (step: number): SizeAt => {
    const flat = Math.max(plateau, step);
    // A step below one part doubles several times from one part to the next.
    return (index) =>
      index < flat ? base : Math.min(maxPartSize, base * 2 ** (1 + Math.floor((index - flat) / step)));
  };
  const longest = Math.max(1, maxParts / 10);
  // The shorter the step, the more it takes: what the shortest does not reach, none does.
  if (capacity(stepped(SHORTEST_STEP), maxParts) < maxObjectSize) return stepped(longest);
  for (let step = longest; step > SHORTEST_STEP; step /= 1.25) {
    const sizeAt = stepped(step);
    if (capacity(sizeAt, maxParts) >= maxObjectSize) return sizeAt;
  }
  return stepped(longest);
}

function planOf(limits: PartLimits, sizeAt: SizeAt): PartPlan {
  const { maxParts, maxObjectSize } = limits;
  const largest = Math.min(maxObjectSize, capacity(sizeAt, maxParts));
  return {
    largestObject: largest,
    sizeAt: (index) => {
      if (index < maxParts) return sizeAt(index);
      throw connectorError('TOO_LARGE', `an upload has at most ${maxParts} parts: ${largest} bytes by this plan`);
    },
    assertFits: (bytes) => assertAtMost(bytes, largest),
  };
}

function capacity(sizeAt: SizeAt, maxParts: number): number {
  let bytes = 0;
  for (let index = 0; index < maxParts; index += 1) bytes += sizeAt(index);
  return bytes;
}

function assertAtMost(bytes: number, largest: number): void {
  if (bytes <= largest) return;
  throw connectorError(
    'TOO_LARGE',
    `${bytes} bytes exceed the ${largest} that the service and the memory budget permit`,
  );
}
