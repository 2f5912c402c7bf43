/** The facts nearest to a question by embedding, where facts are embedded. */
import { factText, normalizeName, type Fact } from '../../graph/index.ts';
import type { RetrievalRun } from './types.ts';

export interface FittingFact {
  readonly fact: Fact;
  /** Above 0; higher fits better. */
  readonly score: number;
}

/** Best first; none where no facts are embedded. */
export async function nearFacts({
  parts,
  workspaceId,
  vector,
  settings,
  filter,
}: RetrievalRun): Promise<FittingFact[]> {
  if (!vector || !parts.graphTextIndex || settings.nearFacts === 0) return [];
  const options = { limit: settings.nearFacts, filter };
  const hits = await parts.graphTextIndex.search(workspaceId, 'fact', vector, options);
  const scores = new Map(hits.map(({ text, score }) => [normalizeName(text), score]));
  const chunkIds = [...new Set(hits.flatMap((hit) => hit.chunkIds))];
  const facts = await parts.graph.factsOfChunks(workspaceId, chunkIds);
  // A fact whose entities were merged under another name is known by its words no more: it is passed over.
  return facts
    .flatMap((fact) => {
      const { subject, relation, object, negated } = fact;
      const text = normalizeName(factText(subject.name, relation, object.name, negated));
      const score = scores.get(text);
      return score !== undefined && score > 0 ? [{ fact, score }] : [];
    })
    .toSorted((a, b) => b.score - a.score || (a.fact.id < b.fact.id ? -1 : 1));
}
