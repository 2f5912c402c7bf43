/**
 * Tells which leases have run out, without comparing clocks between processes: a holder raises its lease's
 * `beat` while it lives, and an observer calls a lease silent once it has seen the same beat for a whole lease
 * time on its own monotonic clock. A jump of the wall clock, on either side, changes nothing.
 */

import type { QueueClock } from './clock.ts';
import { isDead } from './owner.ts';

export interface Lease {
  readonly token: string;
  readonly owner: string;
  readonly beat: number;
}

/** Names one beat of one lease; a lease renewed since then has another. */
export function beatKey(lease: Pick<Lease, 'token' | 'beat'>): string {
  return `${lease.token}#${lease.beat}`;
}

export class SilenceWatch {
  private firstSeen = new Map<string, number>();
  private readonly leaseMs: number;
  private readonly clock: QueueClock;

  constructor(leaseMs: number, clock: QueueClock) {
    this.leaseMs = leaseMs;
    this.clock = clock;
  }

  /** Beats among `leases` that may be taken over; call it at every poll with all leases of the moment. */
  abandoned(leases: readonly Lease[]): string[] {
    const now = this.clock.monotonicMs();
    const seen = new Map(
      leases.map((lease) => [beatKey(lease), this.firstSeen.get(beatKey(lease)) ?? now]),
    );
    this.firstSeen = seen;
    const silent = (lease: Lease): boolean =>
      now - (seen.get(beatKey(lease)) ?? now) >= this.leaseMs;
    return leases.filter((lease) => silent(lease) || isDead(lease.owner)).map(beatKey);
  }
}
