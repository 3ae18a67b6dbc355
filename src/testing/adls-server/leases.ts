/** Leases: who may write ("Lease Blob"). Times are milliseconds of the server's clock. */
import { AdlsError } from './errors.ts';

export interface Lease {
  readonly id: string;
  /** Undefined: it never expires. */
  readonly durationMs: number | undefined;
  readonly endsAt: number;
  /** When a break takes or took effect. */
  readonly brokenAt: number | undefined;
}

export type LeaseState = 'available' | 'leased' | 'expired' | 'breaking' | 'broken';

interface Leasable {
  lease: Lease | undefined;
}

export function leaseState({ lease }: Leasable, now: number): LeaseState {
  if (lease === undefined) return 'available';
  if (lease.brokenAt !== undefined) return now < lease.brokenAt ? 'breaking' : 'broken';
  return now < lease.endsAt ? 'leased' : 'expired';
}

/** Throws unless a write may go on that names this lease, or none. */
export function checkLease(node: Leasable, given: string | undefined, now: number): void {
  const active = isActive(node, now);
  if (given === undefined) {
    if (active) throw new AdlsError('LeaseIdMissing');
    return;
  }
  checkNamedLease(node, given, now);
}

/** A read that names a lease wants it to hold; one that names none may always go on. */
export function checkNamedLease(node: Leasable, given: string | undefined, now: number): void {
  if (given === undefined) return;
  if (node.lease === undefined) throw new AdlsError('LeaseNotPresentWithBlobOperation');
  if (!isSame(node.lease, given)) throw new AdlsError('LeaseIdMismatchWithBlobOperation');
  if (!isActive(node, now)) throw new AdlsError('LeaseLost');
}

export function acquire(node: Leasable, id: string, seconds: number, now: number): Lease {
  if (isActive(node, now) && node.lease !== undefined && !isSame(node.lease, id)) {
    throw new AdlsError('LeaseAlreadyPresent');
  }
  const infinite = seconds === -1;
  if (!infinite && (seconds < 15 || seconds > 60)) throw new AdlsError('InvalidHeaderValue');
  const durationMs = infinite ? undefined : seconds * 1000;
  return (node.lease = { id, durationMs, endsAt: now + (durationMs ?? Infinity), brokenAt: undefined });
}

export function renew(node: Leasable, id: string, now: number): Lease {
  const lease = heldLease(node, id);
  if (lease.brokenAt !== undefined) throw new AdlsError('LeaseIsBrokenAndCannotBeRenewed');
  return (node.lease = { ...lease, endsAt: now + (lease.durationMs ?? Infinity) });
}

export function change(node: Leasable, id: string, next: string): Lease {
  const { lease } = node;
  if (lease === undefined) throw new AdlsError('LeaseNotPresentWithLeaseOperation');
  if (!isSame(lease, id) && !isSame(lease, next)) throw new AdlsError('LeaseIdMismatchWithLeaseOperation');
  return (node.lease = { ...lease, id: next });
}

export function release(node: Leasable, id: string): void {
  heldLease(node, id);
  node.lease = undefined;
}

/** The seconds until the break takes effect. */
export function breakLease(node: Leasable, periodSeconds: number | undefined, now: number): number {
  const { lease } = node;
  if (lease === undefined) throw new AdlsError('LeaseNotPresentWithLeaseOperation');
  const left = Math.max(0, (lease.brokenAt ?? lease.endsAt) - now);
  const period = periodSeconds === undefined ? (left === Infinity ? 0 : left) : Math.min(periodSeconds * 1000, left);
  node.lease = { ...lease, brokenAt: now + period };
  return Math.ceil(period / 1000);
}

function heldLease({ lease }: Leasable, id: string): Lease {
  if (lease === undefined) throw new AdlsError('LeaseNotPresentWithLeaseOperation');
  if (!isSame(lease, id)) throw new AdlsError('LeaseIdMismatchWithLeaseOperation');
  return lease;
}

const isActive = (node: Leasable, now: number): boolean => ['leased', 'breaking'].includes(leaseState(node, now));
const isSame = (lease: Lease, id: string): boolean => lease.id.toLowerCase() === id.toLowerCase();

/** What replies say of a lease. */
export function leaseHeaders(node: Leasable, now: number): Record<string, string> {
  const state = leaseState(node, now);
  const active = state === 'leased' || state === 'breaking';
  return {
    'x-ms-lease-status': active ? 'locked' : 'unlocked',
    'x-ms-lease-state': state,
    ...(state === 'leased'
      ? { 'x-ms-lease-duration': node.lease?.durationMs === undefined ? 'infinite' : 'fixed' }
      : {}),
  };
}
