/**
 * Rounds over entity links. From the best chunks so far, every entity that leads to another chunk is scored
 * against the conditional question: what the chain of chunks before has not covered, plus that entity. A cheap walk
 * of a few rounds finds the further documents of a multi-hop question better than PageRank does.
 */
import type { Chunk, EntityType } from '../graph/index.ts';
import { byScore } from './candidates.ts';
import { orderByCoverage } from './coverage-order.ts';
import { groupBy, linksFrom, type ChunkLink } from './links.ts';
import type { RetrievalMethod, RetrievalRun } from './methods/types.ts';
import { ChunkTerms } from './term-weights.ts';
import type { RetrievalSettings } from './settings.ts';
import type { Candidate, Link } from './types.ts';

interface Walk extends RetrievalRun {
  /** Terms that the chunks before a linked chunk hold, the way its best link leads; grows from round to round. */
  readonly chains: Map<string, readonly ChunkTerms[]>;
  /** Links out of the chunks that a round has started from, by chunk: the best start the next round too. */
  readonly links: Map<string, readonly ChunkLink[]>;
  /** How well sentences fit the question, by where they stand. */
  readonly sentences: Map<string, number>;
}

/** A name has a capital or a number in scripts with case; every word of other scripts may be one. */
const NAME = /[\p{Lu}\p{Lo}\p{N}]/u;
/** What a sentence counts that shares no word with the question: the link may still be the right one. */
const BARE_SENTENCE = 0.25;
/** Prospect of a target that shares no word with the question, against 1 more for the one that fits it best. */
const BARE_PROSPECT = 0.1;
/** Worth of a link to a chunk that holds nothing of the conditional question, and what all of it adds. */
const BARE_TARGET = 0.1;
const FULL_TARGET = 1.6;
/** Candidates behind this place come into no start and no answer; the order of reading looks at fewer. */
const LAST_PLACE = 60;
export const byWalk: RetrievalMethod = async (run, first) => {
  const walk: Walk = { ...run, chains: new Map(), links: new Map(), sentences: new Map() };
  let candidates: readonly Candidate[] = first;
  for (let round = 2; round < 2 + run.settings.linkRounds && candidates.length > 0; round++) {
    candidates = await walkRound(walk, candidates, round);
    run.onCandidates?.(candidates);
  }
  return candidates;
};

/** @param round 2 for the first round over links */
async function walkRound(
  walk: Walk,
  candidates: readonly Candidate[],
  round: number,
): Promise<Candidate[]> {
  const { parts, settings, relevance, question } = walk;
  const count = round === 2 ? settings.starts : settings.laterStarts;
  const starts = orderByCoverage(candidates, {
    terms: question.terms,
    weight: (term) => relevance.weight(term),
    cache: parts.terms,
    gain: settings.startCoverage,
    depth: count,
  })
    .slice(0, count)
    .map(({ candidate }) => candidate);
  const links = await allLinks(walk, starts);
  const weighed = thatMayRise(strongest(links, starts, walk), candidates, settings);
  await relevance.learn(new Set(weighed.map((link) => link.entityName)));
  const targets = readTargets(weighed, candidates, walk);
  return merge(walk, candidates, bestReaches(weighed, targets, walk), round);
}

async function allLinks(walk: Walk, starts: readonly Candidate[]): Promise<ChunkLink[]> {
  const { parts, workspaceId, settings, links } = walk;
  const unread = starts.filter(({ chunk }) => !links.has(chunk.id));
  for (const { chunk } of unread) links.set(chunk.id, []);
  const read = await linksFrom(parts, workspaceId, unread, settings);
  for (const [id, own] of groupBy(read, (link) => link.start.chunk.id)) links.set(id, own);
  // The score of a start may have grown since.
  return starts.flatMap((start) =>
    links.get(start.chunk.id)!.map((link) => (link.start === start ? link : { ...link, start })),
  );
}

interface WeighedLink extends ChunkLink {
  /** All of a link's value that can be told without reading the chunk it leads to. */
  readonly weight: number;
}

interface Reach {
  readonly chunk: Chunk;
  readonly value: number;
  readonly link: ChunkLink;
}

/** Reading chunks is what costs: only those with the best prospects are. */
function strongest(
  links: readonly ChunkLink[],
  starts: readonly Candidate[],
  walk: Walk,
): WeighedLink[] {
  const sentence = sentenceSupport(links, walk);
  const topic = topicWeights(walk);
  const largest = Math.max(...starts.map((start) => start.score), Number.MIN_VALUE);
  const mostWords = Math.max(...walk.lexicalScores.values(), Number.MIN_VALUE);
  const prospect = (id: string): number =>
    BARE_PROSPECT + (walk.lexicalScores.get(id) ?? 0) / mostWords;
  const weights = links.map(
    (link) =>
      (link.start.score / largest) ** 2 * sentence(link) * linkWeight(link, walk) * topic(link),
  );
  const prospects = links.map(({ targetId }, i) => weights[i]! * prospect(targetId));
  return [...links.keys()]
    .sort(
      (a, b) => prospects[b]! - prospects[a]! || (links[a]!.targetId < links[b]!.targetId ? -1 : 1),
    )
    .slice(0, walk.settings.mostLinks)
    .map((i) => ({ ...links[i]!, weight: weights[i]! }));
}

/** Links that could bring their target to a place that matters, did it hold all that is open. */
function thatMayRise(
  links: readonly WeighedLink[],
  candidates: readonly Candidate[],
  settings: RetrievalSettings,
): WeighedLink[] {
  const least = candidates[LAST_PLACE - 1]?.score ?? 0;
  const byId = new Map(candidates.map((each) => [each.chunk.id, each]));
  return links.filter(({ targetId, weight }) => {
    const known = byId.get(targetId);
    const base = known ? known.score - (known.link ?? 0) : 0;
    return base + settings.linkValue * weight * (BARE_TARGET + FULL_TARGET) >= least;
  });
}

function rarity(link: ChunkLink, { relevance, settings }: Walk): number {
  const size = relevance.chunks ?? settings.commonEntity;
  return Math.min(1, Math.log(1 + size / link.chunkFrequency) / Math.log(1 + size));
}

/** How well the sentence that holds the entity fits the question, 0..1, the best sentence having 1. */
function sentenceSupport(links: readonly ChunkLink[], walk: Walk): (link: ChunkLink) => number {
  const { settings } = walk;
  const meaning = sentenceMeaning(links, walk);
  const raw = new Map<ChunkLink, number>();
  let largest = Number.MIN_VALUE;
  for (const link of links) {
    const support = sentenceCoverage(link, walk);
    raw.set(link, support);
    largest = Math.max(largest, support);
  }
  return (link) => {
    const words = raw.get(link)! / largest;
    const close = meaning(link);
    if (close === undefined) return words;
    return settings.sentenceMeaning * close + (1 - settings.sentenceMeaning) * words;
  };
}

function sentenceCoverage(
  { start, span }: ChunkLink,
  { question, relevance, sentences }: Walk,
): number {
  const key = `${start.chunk.id} ${span.start}`;
  let support = sentences.get(key);
  if (support === undefined) {
    const terms = new ChunkTerms({ headingPath: [], text: sentenceAt(start.chunk, span.start) });
    support = BARE_SENTENCE + relevance.coverage(question.terms, terms);
    sentences.set(key, support);
  }
  return support;
}

/** The same by sentence vectors: the square of the cosine, the best having 1; undefined where there are none. */
function sentenceMeaning(
  links: readonly ChunkLink[],
  { parts, workspaceId, vector, settings }: Walk,
): (link: ChunkLink) => number | undefined {
  if (!vector || !parts.sentences || settings.sentenceMeaning === 0) return () => undefined;
  const starts = new Set(links.map((link) => link.start.chunk.id));
  const cosines = parts.sentences.similarities(workspaceId, [...starts], vector);
  const cosine = ({ start: { chunk }, span }: ChunkLink): number | undefined =>
    cosines.get(chunk.id)?.[sentenceIndex(chunk, span.start)];
  const largest = Math.max(...links.map((link) => cosine(link) ?? 0), Number.MIN_VALUE);
  return (link) => {
    const value = cosine(link);
    return value === undefined ? undefined : (Math.max(0, value) / largest) ** 2;
  };
}

function sentenceIndex(chunk: Chunk, position: number): number {
  return chunk.sentences.findIndex(({ start, end }) => start <= position && position < end);
}

function sentenceAt(chunk: Chunk, position: number): string {
  const span = chunk.sentences[sentenceIndex(chunk, position)];
  return span ? chunk.text.slice(span.start - chunk.start, span.end - chunk.start) : '';
}

function linkWeight(link: ChunkLink, walk: Walk): number {
  const { settings } = walk;
  const shared = 1 / link.sharing ** settings.sharedTitle;
  if (link.kind === 'title') return shared;
  const mention = settings.mentionLink * rarity(link, walk) ** 2;
  return link.kind === 'opening' ? Math.max(mention, settings.openingLink * shared) : mention;
}

/** Whether the entity is one that the question is likely to lead over; worked out once for each entity. */
function topicWeights({ question, settings, nameTerms }: Walk): (link: ChunkLink) => number {
  const asked = new Set(question.terms);
  const known = new Map<string, number>();
  const isExpected = (type: EntityType | undefined): boolean =>
    type === undefined ||
    type === 'thing' ||
    question.linkTypes.size === 0 ||
    question.linkTypes.has(type);
  return ({ entityId, entityName, type }) => {
    let weight = known.get(entityId);
    if (weight === undefined) {
      const isNamed = [...nameTerms(entityName)].every((term) => asked.has(term));
      weight =
        (isNamed ? settings.namedEntity : 1) *
        (isExpected(type) ? 1 : settings.otherType) *
        (type === undefined || NAME.test(entityName) ? 1 : settings.commonNoun);
      known.set(entityId, weight);
    }
    return weight;
  };
}

/** Candidates are read and allowed already. */
function readTargets(
  links: readonly ChunkLink[],
  candidates: readonly Candidate[],
  { parts, workspaceId, allowed }: Walk,
): Map<string, Chunk> {
  const known = new Map(candidates.map(({ chunk }) => [chunk.id, chunk]));
  const unread = new Set<string>();
  for (const { targetId } of links) if (!known.has(targetId)) unread.add(targetId);
  for (const chunk of parts.corpus.chunks(workspaceId, [...unread])) {
    if (allowed(chunk.documentId)) known.set(chunk.id, chunk);
  }
  return known;
}

function bestReaches(
  links: readonly WeighedLink[],
  targets: ReadonlyMap<string, Chunk>,
  walk: Walk,
): Map<string, Reach> {
  const relevance = conditionalRelevance(links, targets, walk);
  const best = new Map<string, Reach>();
  links.forEach((link, i) => {
    const chunk = targets.get(link.targetId);
    if (!chunk) return;
    const fit = BARE_TARGET + FULL_TARGET * relevance[i]!;
    const value = walk.settings.linkValue * link.weight * fit;
    if (value > (best.get(chunk.id)?.value ?? 0)) best.set(chunk.id, { chunk, value, link });
  });
  return best;
}

/** BM25 of each target for its conditional question, the best of the round having 1. */
function conditionalRelevance(
  links: readonly ChunkLink[],
  targets: ReadonlyMap<string, Chunk>,
  { question, relevance, settings, parts, chains, nameTerms }: Walk,
): number[] {
  const openOf = new Map<string, string[]>();
  const open = ({ chunk }: Candidate): string[] => {
    let terms = openOf.get(chunk.id);
    if (!terms) {
      const chain = [parts.terms.of(chunk), ...(chains.get(chunk.id) ?? [])];
      terms = question.terms.filter((term) => !chain.some((held) => held.has(term)));
      openOf.set(chunk.id, terms);
    }
    return terms;
  };
  const raw = links.map((link) => {
    const chunk = targets.get(link.targetId);
    if (!chunk) return 0;
    const entity = nameTerms(link.entityName);
    const terms = parts.terms.of(chunk);
    const asked = open(link.start).filter((term) => !entity.has(term));
    return relevance.bm25(asked, terms) + settings.entityTerms * relevance.bm25(entity, terms);
  });
  const largest = Math.max(...raw, Number.MIN_VALUE);
  return raw.map((value) => value / largest);
}

function merge(
  { parts, chains }: Walk,
  candidates: readonly Candidate[],
  reaches: ReadonlyMap<string, Reach>,
  round: number,
): Candidate[] {
  const merged = new Map(candidates.map((each) => [each.chunk.id, each]));
  for (const [id, { chunk, value, link }] of reaches) {
    const known = merged.get(id);
    if (known && (known.link ?? 0) >= value) continue;
    const base = known ? known.score - (known.link ?? 0) : 0;
    // The link explains a chunk only if it weighs more than what the question found by itself.
    const explains = value > base;
    const from = link.start.chunk;
    chains.set(id, [parts.terms.of(from), ...(chains.get(from.id) ?? [])]);
    merged.set(id, {
      chunk,
      score: base + value,
      lexical: known?.lexical,
      dense: known?.dense,
      link: value,
      round: explains ? round : (known?.round ?? round),
      via: explains || !known ? via(link) : known.via,
    });
  }
  return [...merged.values()].toSorted(byScore);
}

function via(link: ChunkLink): Link {
  return {
    entityId: link.entityId,
    entityName: link.entityName,
    fromChunkId: link.start.chunk.id,
    span: link.span,
  };
}
