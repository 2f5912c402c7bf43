/**
 * Keeps what saves most: 1compute saved per byte times forecast reuse.
 *
 * The forecast is a decayed count of uses (LRFU, Lee et al. 2001), kept for evicted keys too (ghosts), so that what
 * comes back is known. Counts are held as log2 of sum(2^time): passing time does not change their order, so a heap of
 * constant priorities is enough. Time runs by the number of entries: a count halves in `HALF_LIFE` uses of each.
 *
 * New entries pass a window of recent ones first; one that leaves it gets into the main part only by being worth more
 * than what would have to go (W-TinyLFU, Einziger et al. 2017, here per byte and by cost). A flood of entries used once
 * cannot wash the main part out, and a burst is served by the window, whose share follows what pays.
 */
import { LazyHeap } from './heap.ts';
import { Margin } from './margin.ts';
import { Pins } from './pins.ts';
import type { CacheEntry, EvictionPolicy, PolicyOptions } from './types.ts';

/** Smallest and largest share of the budget that the window gets. */
const WINDOW = { least: 0.01, most: 1, start: 0.5 };
/** Share of the budget, behind each part's edge, that is watched to see which part should grow. */
const MARGIN = 0.25;
/** How far the window's share moves for one use that a larger part would have served. */
const PULL = 1;
/** Ghosts for every entry in the tier. */
const GHOSTS = 8;
/** Uses of the tier for every entry in it until a use counts half: in the window, and in the main part. */
const HALF_LIFE = { window: 1, main: 12 };
/** A tier with fewer entries behaves as if it had so many: a handful says little about what pays. */
const FEWEST = 16;

export function mostValuable(options: PolicyOptions): EvictionPolicy {
  return new ValuePolicy(options);
}

class ValuePolicy implements EvictionPolicy {
  readonly name = 'value';
  readonly #budgetBytes: number;
  readonly #pins: Pins;
  readonly #entries = new Map<string, CacheEntry>();
  /** By worth now. */
  readonly #window = new LazyHeap();
  /** By worth in the long run. */
  readonly #main = new LazyHeap();
  readonly #counts = new Map<string, Counts>();
  /** Counts of keys that are not in the tier, in order of use. */
  readonly #ghosts = new Map<string, Counts>();
  readonly #margin: Margin;
  #windowShare = WINDOW.start;
  #windowBytes = 0;
  #mainBytes = 0;
  /** Uses of the tier, each divided by the entries there were. */
  #time = 0;

  constructor({ budgetBytes, now = Date.now }: PolicyOptions) {
    this.#budgetBytes = budgetBytes;
    this.#pins = new Pins(now);
    this.#margin = new Margin(budgetBytes * MARGIN);
  }

  use(key: string): void {
    const size = Math.max(FEWEST, this.#entries.size);
    this.#time += 1 / size;
    const entry = this.#entries.get(key);
    if (!entry) {
      this.#followMargin(key);
      this.#rememberGhost(key, used(this.#ghosts.get(key), this.#time));
      return;
    }
    this.#counts.set(key, used(this.#counts.get(key), this.#time));
    if (this.#window.has(key)) this.#window.set(key, this.#worthNow(key, entry));
    else this.#main.set(key, this.#worth(key, entry));
  }

  insert(key: string, entry: CacheEntry): string[] {
    this.remove(key);
    if (entry.bytes > this.#budgetBytes) return [key];
    const known = this.#ghosts.get(key) ?? used(undefined, this.#time);
    this.#counts.set(key, used(known, this.#time, entry.prior ?? 0));
    this.#ghosts.delete(key);
    this.#margin.remove(key);
    this.#entries.set(key, entry);
    this.#window.set(key, this.#worthNow(key, entry));
    this.#windowBytes += entry.bytes;
    return this.#settle();
  }

  #followMargin(key: string): void {
    const { bytes, towards } = this.#margin.pull(key);
    const share = this.#windowShare + (towards * PULL * bytes) / this.#budgetBytes;
    this.#windowShare = Math.min(WINDOW.most, Math.max(WINDOW.least, share));
  }

  remove(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    if (this.#window.has(key)) this.#windowBytes -= entry.bytes;
    else this.#mainBytes -= entry.bytes;
    this.#window.delete(key);
    this.#main.delete(key);
    this.#forget(key);
  }

  pin(key: string, until: number): void {
    this.#pins.pin(key, until);
  }

  unpin(key: string): void {
    this.#pins.remove(key);
  }

  keys(): string[] {
    return [...this.#main.sorted(), ...this.#window.sorted()];
  }

  /** Makes the window and the whole fit their budgets; returns what went. */
  #settle(): string[] {
    const evicted: string[] = [];
    const windowBudget = this.#budgetBytes * this.#windowShare;
    while (this.#windowBytes > windowBudget || !this.#fits(0)) {
      const key = this.#window.pop();
      if (key === undefined) break;
      evicted.push(...this.#promote(key));
    }
    // The window shrank or pins hold it: then the main part gives way.
    while (!this.#fits(0)) {
      const victim = this.#popUnpinned(Number.POSITIVE_INFINITY);
      if (victim === undefined) break;
      evicted.push(victim);
      this.#evictPopped(victim);
    }
    return evicted;
  }

  #fits(more: number): boolean {
    return this.#windowBytes + this.#mainBytes + more <= this.#budgetBytes;
  }

  /** Moves the oldest of the window to the main part, if it is worth more than what has to go for it. */
  #promote(key: string): string[] {
    const entry = this.#entries.get(key)!;
    const worth = this.#pins.isPinned(key) ? Number.POSITIVE_INFINITY : this.#worth(key, entry);
    const victims: string[] = [];
    let freed = 0;
    // What leaves the window goes on taking its bytes until then.
    while (!this.#fits(-freed)) {
      const victim = this.#popUnpinned(worth);
      if (victim === undefined) break;
      victims.push(victim);
      freed += this.#entries.get(victim)!.bytes;
    }
    if (!this.#fits(-freed)) {
      for (const victim of victims)
        this.#main.set(victim, this.#worth(victim, this.#entries.get(victim)!));
      this.#margin.add(key, entry, this.#worth(key, entry), true);
      this.#windowBytes -= entry.bytes;
      this.#forget(key);
      return [key];
    }
    for (const victim of victims) this.#evictPopped(victim);
    this.#windowBytes -= entry.bytes;
    this.#mainBytes += entry.bytes;
    this.#main.set(key, this.#worth(key, entry));
    return victims;
  }

  #evictPopped(key: string): void {
    const entry = this.#entries.get(key)!;
    this.#margin.add(key, entry, this.#worth(key, entry), false);
    this.#mainBytes -= entry.bytes;
    this.#forget(key);
  }

  /** Its count lives on as a ghost's. */
  #forget(key: string): void {
    this.#rememberGhost(key, this.#counts.get(key)!);
    this.#counts.delete(key);
    this.#entries.delete(key);
    this.#pins.remove(key);
  }

  #rememberGhost(key: string, count: Counts): void {
    this.#ghosts.delete(key);
    this.#ghosts.set(key, count);
    const most = GHOSTS * Math.max(FEWEST, this.#entries.size);
    for (const oldest of this.#ghosts.keys()) {
      if (this.#ghosts.size <= most) return;
      this.#ghosts.delete(oldest);
    }
  }

  /** The least of the main part that is not pinned, taken out of the heap, if it is worth less than `bound`. */
  #popUnpinned(bound: number): string | undefined {
    const pinned: string[] = [];
    let found: string | undefined;
    for (let key = this.#main.pop(); key !== undefined; key = this.#main.pop()) {
      if (this.#pins.isPinned(key)) {
        pinned.push(key);
        continue;
      }
      found = key;
      break;
    }
    for (const key of pinned) this.#main.set(key, this.#worth(key, this.#entries.get(key)!));
    if (found === undefined) return undefined;
    const worth = this.#worth(found, this.#entries.get(found)!);
    if (worth < bound) return found;
    this.#main.set(found, worth);
    return undefined;
  }

  /** log2 of (uses forecast in the long run x cost / bytes). */
  #worth(key: string, { cost, bytes }: CacheEntry): number {
    return this.#counts.get(key)!.main + Math.log2(cost / bytes);
  }

  /** The same for uses soon. */
  #worthNow(key: string, { cost, bytes }: CacheEntry): number {
    return this.#counts.get(key)!.window + Math.log2(cost / bytes);
  }
}

/** log2 of sum(2^(time / half-life)) over the uses of a key, for both half-lives. */
interface Counts {
  readonly window: number;
  readonly main: number;
}

/** With `uses` more at `time`. */
function used(counts: Counts | undefined, time: number, uses = 1): Counts {
  const at = (halfLife: number): number => time / halfLife + Math.log2(uses);
  const [window, main] = [at(HALF_LIFE.window), at(HALF_LIFE.main)];
  if (!counts) return { window, main };
  return { window: sumLog2(counts.window, window), main: sumLog2(counts.main, main) };
}

/** log2(2^a + 2^b). */
function sumLog2(a: number, b: number): number {
  const [most, least] = a > b ? [a, b] : [b, a];
  return most + Math.log2(1 + 2 ** (least - most));
}
