/**
 * Search along facts: from what the question names and its nearest facts (else from what its best chunks say), facts within two steps are
 * scored by how much of the question their words hold and by how sure they are; a chunk counts by its best fact.
 */
import { kHop, type Fact } from '../../graph/index.ts';
import { termSet } from '../term-weights.ts';
import type { Candidate } from '../types.ts';
import { nearFacts } from './near-facts.ts';
import { rankedBy } from './ranked-by.ts';
import type { RetrievalMethod, RetrievalRun } from './types.ts';

const DEPTH = 2;
/** Entities around the question, and facts read of them. */
const ENTITIES = 60;
const FACTS = 600;
/** What a step away from the question costs. */
const STEP = 0.7;
/** Chunks whose entities stand in if the question names none that the graph knows. */
const STAND_INS = 2;

export const byFactPaths: RetrievalMethod = async (run, first) => {
  const adjacency = await run.parts.adjacency?.of(run.workspaceId);
  if (!adjacency) return first;
  const seeds = await seedEntities(run, first);
  const hops = kHop(adjacency, seeds, { depth: DEPTH, limit: ENTITIES });
  const distance = new Map(hops.entities.map((entity) => [entity.id, entity.distance]));
  if (distance.size === 0) return first;
  const facts = await run.parts.graph.factsOfEntities(run.workspaceId, [...distance.keys()], FACTS);
  const scores = new Map(first.map(({ chunk, score }) => [chunk.id, score]));
  const best = new Map<string, number>();
  for (const fact of facts) {
    const score = worth(run, fact, distance);
    for (const { chunkId } of fact.support)
      best.set(chunkId, Math.max(best.get(chunkId) ?? 0, score));
  }
  for (const [id, score] of best) scores.set(id, (scores.get(id) ?? 0) + score);
  return rankedBy(run, first, scores);
};

async function seedEntities(run: RetrievalRun, first: readonly Candidate[]): Promise<string[]> {
  const { parts, workspaceId, entities } = run;
  const near = await nearFacts(run);
  const ids = near.flatMap(({ fact }) => [fact.subject.id, fact.object.id]);
  if (entities.length + ids.length > 0)
    return [...new Set([...entities.map((entity) => entity.id), ...ids])];
  const chunkIds = first.slice(0, STAND_INS).map(({ chunk }) => chunk.id);
  const mentions = await parts.graph.mentionsOfChunks(workspaceId, chunkIds);
  return [...new Set(mentions.map((mention) => mention.entityId))];
}

function worth(
  { question, relevance }: RetrievalRun,
  fact: Fact,
  distance: ReadonlyMap<string, number>,
): number {
  const steps = Math.min(
    distance.get(fact.subject.id) ?? DEPTH,
    distance.get(fact.object.id) ?? DEPTH,
  );
  const terms = termSet(`${fact.subject.name} ${fact.relation} ${fact.object.name}`);
  return STEP ** steps * fact.confidence * relevance.coverage(question.terms, terms);
}
