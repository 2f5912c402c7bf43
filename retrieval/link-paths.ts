/** How ranked chunks were reached: the chunk a link started from, the entity it followed, the chunk it led to. */
import type { Candidate, GraphPath, PathStep } from './types.ts';

/** One path for each candidate that a link led to, best first; empty if the question found all by itself. */
export function linkPaths(candidates: readonly Candidate[]): GraphPath[] {
  const byId = new Map(candidates.map((each) => [each.chunk.id, each]));
  return candidates
    .filter((each) => each.via !== undefined)
    .map((each) => ({ score: each.score, steps: stepsTo(each, byId) }));
}

function stepsTo(target: Candidate, byId: ReadonlyMap<string, Candidate>): PathStep[] {
  const steps: PathStep[] = [{ kind: 'chunk', chunk: target.chunk, span: undefined }];
  const seen = new Set([target.chunk.id]);
  for (let link = target.via; link && !seen.has(link.fromChunkId);) {
    seen.add(link.fromChunkId);
    steps.unshift({ kind: 'entity', id: link.entityId, name: link.entityName });
    const from = byId.get(link.fromChunkId);
    // It may have ranked too low to be among the candidates: the entity still tells how.
    if (!from) break;
    steps.unshift({ kind: 'chunk', chunk: from.chunk, span: link.span });
    link = from.via;
  }
  return steps;
}
