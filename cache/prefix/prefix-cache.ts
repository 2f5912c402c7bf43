/**
 * KV rows of earlier prompts in memory, found again by the tokens they begin with: one radix tree a space, under one
 * byte budget. A space is a string that only its workspace can name (it is made from the workspace's secret), and
 * nothing is ever found across spaces.
 *
 * When the budget is used up, the workspace that holds most gives way first: another one's flood of prompts does
 * not wash it out. Within it, the leaf used longest ago goes, unless it is pinned or being read.
 */
import type { DecoderConfig, SequenceKv } from '../../engine/index.ts';
import { bytesOfRows, placeRows, splitRows, takeRows, type KeptRows } from './kept-rows.ts';
import { RadixTree, type RadixNode } from './radix-tree.ts';

export interface PrefixCacheOptions {
  readonly budgetBytes: number;
  readonly config: Pick<DecoderConfig, 'kvHeads' | 'headDim'>;
  /** Milliseconds since the epoch; for pins. */
  readonly now?: () => number;
}

export interface PrefixCacheStats {
  readonly bytes: number;
  /** Runs of tokens that are kept. */
  readonly entries: number;
  readonly hits: number;
  readonly misses: number;
  /** Rows that were not computed again. */
  readonly reusedRows: number;
  readonly evictions: number;
}

export interface PrefixSpace {
  /** Whose budget it counts towards. */
  readonly owner: string;
  readonly name: string;
}

/** Rows at hand for one request, which stay until it gives them back. */
export interface PrefixLease {
  /** Leading tokens whose rows are at hand. */
  readonly length: number;
  /** Copies the rows of the first `count` tokens, the first one to `position`. */
  place(sequence: SequenceKv, position: number, count: number): void;
  /** To be called once. */
  release(): void;
}

interface Space {
  readonly owner: string;
  readonly tree: RadixTree<KeptRows>;
  /** What the rows were made from: when it goes, so do they. */
  readonly sources: Set<string>;
}

export class PrefixCache {
  readonly #options: PrefixCacheOptions;
  readonly #now: () => number;
  readonly #spaces = new Map<string, Space>();
  #bytes = 0;
  #uses = 0;
  #hits = 0;
  #misses = 0;
  #reusedRows = 0;
  #evictions = 0;

  constructor(options: PrefixCacheOptions) {
    this.#options = options;
    this.#now = options.now ?? Date.now;
  }

  /** Undefined if not even the first token is known. Neither a hit nor a miss until `note` says so. */
  find({ name }: PrefixSpace, tokens: Int32Array): PrefixLease | undefined {
    const match = this.#spaces.get(name)?.tree.match(tokens);
    if (!match?.node) return undefined;
    const { node, parts, length } = match;
    node.leases++;
    this.#touch(node);
    return {
      length,
      place: (sequence, position, count) => {
        let at = 0;
        for (const part of parts) {
          const rows = Math.min(part.count, count - at);
          if (rows <= 0) break;
          placeRows(sequence, position + at, part.value, rows, this.#options.config);
          at += rows;
        }
      },
      release: () => void node.leases--,
    };
  }

  /** Rows that a request did not have to compute; 0 for a miss. */
  note(rows: number): void {
    if (rows > 0) this.#hits++;
    else this.#misses++;
    this.#reusedRows += rows;
  }

  /**
   * Keeps the rows of `tokens`, which stand in `sequence` from `position` on. What would not fit is not kept.
   * @param sources names of what the rows were made from; see `forget`
   * @param pinnedUntil milliseconds since the epoch
   */
  keep(
    space: PrefixSpace,
    tokens: Int32Array,
    sequence: SequenceKv,
    position: number,
    { sources = [], pinnedUntil = 0 }: { sources?: readonly string[]; pinnedUntil?: number } = {},
  ): void {
    if (tokens.length === 0 || this.#rowBytes(sequence) * tokens.length > this.#options.budgetBytes)
      return;
    const { tree, sources: known } = this.#space(space);
    const end = tree.insert(tokens, (from, to) => {
      const rows = takeRows(sequence, position + from, position + to, this.#options.config);
      this.#bytes += bytesOfRows(rows);
      return rows;
    });
    for (const source of sources) known.add(source);
    for (let node = end; node; node = node.parent) {
      node.pinnedUntil = Math.max(node.pinnedUntil, pinnedUntil);
    }
    if (end) this.#touch(end);
    this.#makeRoom();
  }

  /** Drops all that was made from one of the sources. */
  forget(sources: readonly string[]): void {
    for (const [name, space] of this.#spaces) {
      if (sources.some((source) => space.sources.has(source))) this.#drop(name, space);
    }
  }

  stats(): PrefixCacheStats {
    let entries = 0;
    for (const { tree } of this.#spaces.values()) for (const _ of tree.nodes()) entries++;
    return {
      bytes: this.#bytes,
      entries,
      hits: this.#hits,
      misses: this.#misses,
      reusedRows: this.#reusedRows,
      evictions: this.#evictions,
    };
  }

  #space({ owner, name }: PrefixSpace): Space {
    const known = this.#spaces.get(name);
    if (known) return known;
    const split = (rows: KeptRows, at: number) => splitRows(rows, at, this.#options.config);
    const space = { owner, tree: new RadixTree(split), sources: new Set<string>() };
    this.#spaces.set(name, space);
    return space;
  }

  #rowBytes({ keys }: SequenceKv): number {
    const { kvHeads, headDim } = this.#options.config;
    return 2 * keys.length * kvHeads * headDim * Float32Array.BYTES_PER_ELEMENT;
  }

  #touch(node: RadixNode<KeptRows>): void {
    const use = ++this.#uses;
    for (let each: typeof node | undefined = node; each; each = each.parent) each.usedAt = use;
  }

  #makeRoom(): void {
    while (this.#bytes > this.#options.budgetBytes) {
      const victim = this.#victim(false) ?? this.#victim(true);
      if (!victim) return; // all is being read: the next one that is kept tries again
      this.#evict(victim.name, victim.space, victim.leaf);
    }
  }

  /** Of the workspace that holds most, the leaf used longest ago. A pin does not hold against the budget. */
  #victim(pinned: boolean) {
    const [now, held] = [this.#now(), this.#heldByOwner()];
    let best: { name: string; space: Space; leaf: RadixNode<KeptRows> } | undefined;
    const isWorse = (space: Space, leaf: RadixNode<KeptRows>): boolean => {
      if (!best) return true;
      const more = held.get(space.owner)! - held.get(best.space.owner)!;
      if (more !== 0) return more > 0;
      return leaf.usedAt < best.leaf.usedAt;
    };
    for (const [name, space] of this.#spaces) {
      for (const leaf of space.tree.leaves()) {
        if (leaf.leases > 0 || (!pinned && leaf.pinnedUntil > now)) continue;
        if (isWorse(space, leaf)) best = { name, space, leaf };
      }
    }
    return best;
  }

  #heldByOwner(): Map<string, number> {
    const held = new Map<string, number>();
    for (const { owner, tree } of this.#spaces.values()) {
      let bytes = held.get(owner) ?? 0;
      for (const node of tree.nodes()) bytes += bytesOfRows(node.value);
      held.set(owner, bytes);
    }
    return held;
  }

  #evict(name: string, space: Space, leaf: RadixNode<KeptRows>): void {
    space.tree.remove(leaf);
    this.#bytes -= bytesOfRows(leaf.value);
    this.#evictions++;
    if (space.tree.isEmpty) this.#spaces.delete(name);
  }

  #drop(name: string, { tree }: Space): void {
    for (const node of tree.nodes()) this.#bytes -= bytesOfRows(node.value);
    this.#spaces.delete(name);
  }
}
