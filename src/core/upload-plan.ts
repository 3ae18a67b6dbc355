/** The plan of an upload's parts, made when a second part is needed, since most objects are small and it takes 10 ms. */
import type { PartPlan, PartPlanOptions } from './part-plan.ts';
import { partSizeFor, planParts } from './part-plan.ts';

/**
 * @param wholeSize - Up to so many bytes go whole, where the store can put them so, and memory and the limits allow it.
 * Above the part size it makes the first part larger than the next ones, unless all are to be equal.
 * @throws as `planParts`, at once.
 */
export function uploadPlan(options: PartPlanOptions, wholeSize = 0): PartPlan {
  const { limits, preferredPartSize, expectedBytes, maxPartBytes = limits.maxPartSize, uniform = false } = options;
  const largestPart = Math.min(limits.maxPartSize, maxPartBytes);
  let made = expectedBytes === undefined ? undefined : planParts(options);
  const plan = (): PartPlan => (made ??= planParts(options));
  // Of an unknown length, the first part has the preferred size.
  const preferred = made?.sizeAt(0) ?? partSizeFor(0, preferredPartSize, { ...limits, maxPartSize: largestPart });
  const first = uniform ? preferred : Math.max(preferred, Math.min(wholeSize, largestPart));
  return {
    get largestObject() {
      return plan().largestObject;
    },
    sizeAt: (index) => (index === 0 ? first : plan().sizeAt(index)),
    assertFits: (bytes) => plan().assertFits(bytes),
  };
}
