import type { SearchFilter } from '../types.ts';
import { eachVector, eachVectorAt, type LoadedVectors } from './loaded-vectors.ts';
import { dot, topK, type ScoredLabel } from './top-k.ts';
import type { VectorSource } from './vector-source.ts';

type Allows = (document: number) => boolean;

/**
 * The `limit` nearest of all, or of what a filter allows; hidden documents are left out. Never short: where
 * hnsw finds too few, or few are allowed, the stored rows are searched exactly. `state` must not change
 * meanwhile.
 */
export async function searchLoaded(
  state: LoadedVectors,
  source: VectorSource,
  query: Float32Array,
  limit: number,
  options: { filter: SearchFilter | undefined; exactBelow: number; ef: number | undefined },
): Promise<ScoredLabel[]> {
  const { labels } = state;
  const allows = source.allowed(options.filter);
  const allowsLabel = allows && ((label: number) => allows(labels.documentOf(label)));
  if (state.exact) return state.exact.search(query, limit, allowsLabel);

  const count = allows ? countVectors(state, allows) : labels.size;
  if (!allows || count > options.exactBelow) {
    const ef = options.ef ?? state.tuned?.ef;
    const found = state.hnsw!.search(query, limit, allowsLabel, ef);
    if (found.length >= Math.min(limit, count)) return found;
  }
  return searchStored(state, source, query, limit, allows);
}

/** Counted once as long as neither the vectors nor the filter's documents change. */
function countVectors(state: LoadedVectors, allows: Allows): number {
  const { counted, lastSeq } = state;
  if (counted?.allows === allows && counted.lastSeq === lastSeq) return counted.vectors;
  let vectors = 0;
  for (const [document, labels] of state.labels.documents()) {
    if (allows(document)) vectors += labels;
  }
  state.counted = { allows, lastSeq, vectors };
  return vectors;
}

async function searchStored(
  state: LoadedVectors,
  source: VectorSource,
  query: Float32Array,
  limit: number,
  allows: Allows | undefined,
): Promise<ScoredLabel[]> {
  const best = topK(limit);
  const offer = ({ label, vector }: { label: number; vector: Float32Array }): void =>
    best.offer(label, dot(query, vector, 0));
  if (!allows) await eachVector(source, offer);
  else {
    const documents = [...state.labels.documents()].flatMap(([n]) => (allows(n) ? [n] : []));
    await eachVectorAt(source, source.labelsOf(documents), offer);
  }
  return best.best();
}
