/** Replays a trace on a policy, and on one that knows the future. */
import type { EvictionPolicy } from '../../cache/eviction/types.ts';
import type { Chunk, Trace } from './traces.ts';

export interface Replayed {
  /** Share of the uses that were hits. */
  readonly hits: number;
  /** Share of the compute that hits saved. */
  readonly saved: number;
}

export function replay({ uses }: Trace, policy: EvictionPolicy): Replayed {
  const stored = new Set<string>();
  const tally = new Tally();
  for (const chunk of uses) {
    const isHit = stored.has(chunk.key);
    tally.note(chunk, isHit);
    policy.use(chunk.key);
    if (isHit) continue;
    stored.add(chunk.key);
    for (const evicted of policy.insert(chunk.key, chunk)) stored.delete(evicted);
  }
  return tally.result();
}

/**
 * Belady's rule with sizes and costs: out goes what has the least cost per byte and per use until its next one; what
 * is never used again, first; a chunk that is worth less than all others is not let in. With equal sizes and costs
 * this is the optimum; with unequal ones the optimum is NP-hard, and this is the usual near one.
 */
export function belady({ uses }: Trace, budgetBytes: number): Replayed {
  const nextUse = nextUses(uses);
  const stored = new Map<string, { chunk: Chunk; next: number }>();
  const tally = new Tally();
  let bytes = 0;
  uses.forEach((chunk, now) => {
    const known = stored.get(chunk.key);
    tally.note(chunk, known !== undefined);
    if (known) {
      known.next = nextUse[now]!;
      return;
    }
    stored.set(chunk.key, { chunk, next: nextUse[now]! });
    bytes += chunk.bytes;
    if (bytes <= budgetBytes) return;
    const worth = (each: { chunk: Chunk; next: number }): number =>
      each.chunk.cost / (each.chunk.bytes * (each.next - now));
    const order = [...stored.values()].toSorted((a, b) => worth(a) - worth(b));
    for (const each of order) {
      if (bytes <= budgetBytes) break;
      stored.delete(each.chunk.key);
      bytes -= each.chunk.bytes;
    }
  });
  return tally.result();
}

/** For each use, the index of the next use of the same chunk; infinity for none. */
function nextUses(uses: readonly Chunk[]): Float64Array {
  const next = new Float64Array(uses.length);
  const seen = new Map<string, number>();
  for (let i = uses.length - 1; i >= 0; i--) {
    next[i] = seen.get(uses[i]!.key) ?? Number.POSITIVE_INFINITY;
    seen.set(uses[i]!.key, i);
  }
  return next;
}

class Tally {
  #uses = 0;
  #hits = 0;
  #cost = 0;
  #saved = 0;

  note({ cost }: Chunk, isHit: boolean): void {
    this.#uses++;
    this.#cost += cost;
    if (!isHit) return;
    this.#hits++;
    this.#saved += cost;
  }

  result(): Replayed {
    return { hits: this.#hits / this.#uses, saved: this.#saved / this.#cost };
  }
}
