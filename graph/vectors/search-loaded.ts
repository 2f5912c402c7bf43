import { eachVector, type LoadedVectors } from './loaded-vectors.ts';
import { dot, topK, type ScoredLabel } from './top-k.ts';
import type { VectorSource } from './vector-source.ts';

/**
 * The `limit` nearest of all, or of some documents; hidden documents are left out. Never short: where hnsw
 * finds too few, or few are allowed, the stored rows are searched exactly. `state` must not change meanwhile.
 */
export async function searchLoaded(
  state: LoadedVectors,
  source: VectorSource,
  query: Float32Array,
  limit: number,
  options: { documentIds: readonly string[] | undefined; exactBelow: number },
): Promise<ScoredLabel[]> {
  const allowed = allowedDocuments(state, source, options.documentIds);
  const allows = allowed && ((label: number) => allowed.has(state.labels.documentOf(label) ?? ''));
  if (state.exact) return state.exact.search(query, limit, allows);

  const count = allowed ? countVectors(state, allowed) : state.labels.size;
  if (!allowed || count > options.exactBelow) {
    const found = state.hnsw!.search(query, limit, allows);
    if (found.length >= Math.min(limit, count)) return found;
  }
  return searchStored(source, query, limit, allowed && [...allowed]);
}

/** `undefined`: every document. */
function allowedDocuments(
  state: LoadedVectors,
  source: VectorSource,
  documentIds: readonly string[] | undefined,
): Set<string> | undefined {
  const hidden = source.hiddenDocuments();
  if (!documentIds && hidden.size === 0) return undefined;
  const wanted = documentIds ?? [...state.labels.documents()];
  return new Set(wanted.filter((id) => !hidden.has(id) && state.labels.countOf(id) > 0));
}

function countVectors({ labels }: LoadedVectors, documentIds: Iterable<string>): number {
  let count = 0;
  for (const id of documentIds) count += labels.countOf(id);
  return count;
}

async function searchStored(
  source: VectorSource,
  query: Float32Array,
  limit: number,
  documentIds: readonly string[] | undefined,
): Promise<ScoredLabel[]> {
  const best = topK(limit);
  await eachVector(source, documentIds, ({ label, vector }) => {
    best.offer(label, dot(query, vector, 0));
  });
  return best.best();
}
