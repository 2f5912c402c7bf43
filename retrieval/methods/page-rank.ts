/**
 * Personalised PageRank with the weights of HippoRAG 2 (Gutierrez et al., 2025): the facts that fit the question best
 * give their entities reset weight, every chunk a little by its own score, and a walk with damping 0.5 ranks the chunks.
 * Departures: facts are matched by words where they are not embedded; facts are nodes here, so that an entity reaches
 * the next in two steps; there are no synonym edges.
 */
import { personalizedPageRank, type Seed } from '../../graph/index.ts';
import { termSet } from '../term-weights.ts';
import type { Candidate } from '../types.ts';
import { nearFacts, type FittingFact } from './near-facts.ts';
import { rankedBy } from './ranked-by.ts';
import type { RetrievalMethod, RetrievalRun } from './types.ts';

const DAMPING = 0.5;
/** Facts that set the walk off. */
const FACTS = 5;
/** Chunks whose facts are looked at, and facts of each entity the question names. */
const FACT_CHUNKS = 20;
const FACTS_OF_NAMED = 200;
/** Weight of a chunk's own score. */
const CHUNK_SHARE = 0.05;
/** Chunks that the walk may bring in. */
const REACHED = 100;

export const byPageRank: RetrievalMethod = async (run, first) => {
  const adjacency = await run.parts.adjacency?.of(run.workspaceId);
  const near = await nearFacts(run);
  const facts = near.length > 0 ? near : await fittingFacts(run, first);
  // Nothing to start from: what the question found stands as it is.
  if (!adjacency || facts.length === 0) return first;
  const seeds = [...(await entitySeeds(run, facts)), ...chunkSeeds(first)];
  const found = personalizedPageRank(adjacency, { seeds, damping: DAMPING });
  return rankedBy(run, first, new Map(found.top('chunk', REACHED).map((e) => [e.id, e.score])));
};

/** By the share of the question that their words hold, above 0. */
async function fittingFacts(
  { parts, workspaceId, question, entities, relevance }: RetrievalRun,
  first: readonly Candidate[],
): Promise<FittingFact[]> {
  const chunkIds = first.slice(0, FACT_CHUNKS).map(({ chunk }) => chunk.id);
  const ids = entities.map((entity) => entity.id);
  const [near, named] = await Promise.all([
    parts.graph.factsOfChunks(workspaceId, chunkIds),
    ids.length > 0 ? parts.graph.factsOfEntities(workspaceId, ids, FACTS_OF_NAMED) : [],
  ]);
  const facts = new Map([...near, ...named].map((fact) => [fact.id, fact]));
  return [...facts.values()]
    .map((fact) => {
      const terms = termSet(`${fact.subject.name} ${fact.relation} ${fact.object.name}`);
      return { fact, score: relevance.coverage(question.terms, terms) };
    })
    .filter(({ score }) => score > 0)
    .toSorted((a, b) => b.score - a.score || (a.fact.id < b.fact.id ? -1 : 1))
    .slice(0, FACTS);
}

/** The mean score of the facts of an entity, shared among the chunks that mention it. */
async function entitySeeds(
  { parts, workspaceId }: RetrievalRun,
  facts: readonly FittingFact[],
): Promise<Seed[]> {
  const scores = new Map<string, number[]>();
  for (const { fact, score } of facts) {
    for (const { id } of [fact.subject, fact.object])
      scores.set(id, [...(scores.get(id) ?? []), score]);
  }
  const frequency = await parts.graph.chunkFrequency(workspaceId, [...scores.keys()]);
  return [...scores].map(([id, each]) => {
    const mean = each.reduce((a, b) => a + b, 0) / each.length;
    return { id, weight: mean / Math.max(1, frequency.get(id) ?? 1) };
  });
}

function chunkSeeds(first: readonly Candidate[]): Seed[] {
  return first
    .filter(({ score }) => score > 0)
    .map(({ chunk, score }) => ({ id: chunk.id, weight: CHUNK_SHARE * score }));
}
