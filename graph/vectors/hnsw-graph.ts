/** hnswlib behind labels that come and go. Approximate; holds its own copy of the vectors. */
import hnswlib from 'hnswlib-node';
import type { HierarchicalNSW } from 'hnswlib-node';
import type { ScoredLabel } from './top-k.ts';

const LINKS = 16;
const EF_CONSTRUCTION = 100;
const SEED = 100;

/** Candidates looked at per search until the index's own vectors have told how many it takes (tune-ef.ts). */
function efFor(size: number): number {
  return size <= 200_000 ? 200 : 600;
}

export interface HnswGraph {
  /** Labels that a search can return. */
  readonly size: number;
  /** Removed labels that still take room. */
  readonly dead: number;
  labels(): Iterable<number>;
  has(label: number): boolean;
  /** `vector` has unit length. */
  add(label: number, vector: Float32Array): void;
  remove(label: number): void;
  /**
   * Best first; can be short of `limit` only if the graph is not fully connected. `ef`: candidates looked at;
   * more is slower and finds more; default: as many as the size asks for.
   */
  search(
    query: Float32Array,
    limit: number,
    allows?: (label: number) => boolean,
    ef?: number,
  ): ScoredLabel[];
  /** Runs on a thread of its own: nothing may be added or removed until the promise settles. */
  write(path: string): Promise<void>;
}

export function newHnswGraph(dim: number): HnswGraph {
  const index = new hnswlib.HierarchicalNSW('ip', dim);
  index.initIndex({
    maxElements: 1_024,
    m: LINKS,
    efConstruction: EF_CONSTRUCTION,
    randomSeed: SEED,
  });
  return wrap(index, new Set());
}

/**
 * Loads a file whose bytes were verified before: hnswlib itself accepts damaged ones. All labels in the
 * file count as live; whoever knows better removes them.
 */
export async function readHnswGraph(path: string, dim: number): Promise<HnswGraph> {
  const index = new hnswlib.HierarchicalNSW('ip', dim);
  await index.readIndex(path);
  return wrap(index, new Set(index.getIdsList()));
}

function wrap(index: HierarchicalNSW, live: Set<number>): HnswGraph {
  return {
    get size() {
      return live.size;
    },
    get dead() {
      return index.getCurrentCount() - live.size;
    },
    labels: () => live.values(),
    has: (label) => live.has(label),
    add: (label, vector) => {
      if (live.has(label)) return;
      if (index.getCurrentCount() >= index.getMaxElements())
        index.resizeIndex(index.getMaxElements() * 2);
      index.addPoint([...vector], label);
      live.add(label);
    },
    remove: (label) => {
      if (!live.delete(label)) return;
      try {
        index.markDelete(label);
      } catch {
        // A loaded file remembers its deletions, and hnswlib objects to a second one.
      }
    },
    search: (query, limit, allows, ef = efFor(live.size)) => {
      if (live.size === 0 || limit <= 0) return [];
      index.setEf(Math.max(ef, 2 * limit)); // also because a loaded index forgets it
      const found = index.searchKnn([...query], Math.min(limit, live.size), allows);
      return found.neighbors
        .map((label, i) => ({ label, score: 1 - found.distances[i]! }))
        .sort((a, b) => b.score - a.score || a.label - b.label);
    },
    write: async (path) => {
      await index.writeIndex(path);
    },
  };
}
