/** Which entries of a tier stay when its byte budget is used up. */

export interface CacheEntry {
  readonly bytes: number;
  /** What a miss would cost: milliseconds to compute it again, or anything proportional to that. */
  readonly cost: number;
  /** What the graph expects before any use: 0 nothing, 1 as much as one use. Default 0. */
  readonly prior?: number;
}

/** Port: the order of eviction of one tier. It keeps no bytes, only what it needs to choose. */
export interface EvictionPolicy {
  readonly name: string;
  /** Notes a use of `key`, whether it is in the tier (a hit) or not (what a ghost remembers). */
  use(key: string): void;
  /**
   * Takes a new entry in. Returns the keys that have to go so that the budget holds; the new key itself is among
   * them if it is worth less than all that would have to make room for it.
   */
  insert(key: string, entry: CacheEntry): string[];
  remove(key: string): void;
  /** Never evicted before `until`, in milliseconds of the policy's clock. */
  pin(key: string, until: number): void;
  unpin(key: string): void;
  /** Keys in the order in which they would go. */
  keys(): string[];
}

export interface PolicyOptions {
  readonly budgetBytes: number;
  /** Milliseconds; used for pins only. */
  readonly now?: () => number;
}
