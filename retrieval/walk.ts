/**
 * Rounds over entity links. From the best chunks so far, every entity that leads to another chunk is scored
 * against the conditional question: what the first chunk has not covered, plus that entity. A cheap walk of
 * two or three rounds finds the second document of a multi-hop question better than PageRank does.
 */
import { normalizeName, type Chunk, type Mention, type Span } from '../graph/index.ts';
import { byScore } from './candidates.ts';
import { termSet, termWeights, type TermWeights } from './term-weights.ts';
import type { Candidate, Link, RetrievalParts } from './types.ts';

export interface WalkOptions {
  /** Chunks that a round starts from. */
  readonly starts: number;
  /** Entities in more chunks than this lead only to documents they are the title of. */
  readonly commonEntity: number;
}

const DEFAULTS: WalkOptions = { starts: 3, commonEntity: 100 };
/** Weight of an entity the question itself names: following it again finds little that is new. */
const NAMED_IN_QUESTION = 0.3;
/** Weight of a mention link against a link to the document an entity is the title of. */
const MENTION_LINK = 0.45;
/** Hops whose target is read. */
const MOST_HOPS = 200;

interface Reach {
  readonly chunk: Chunk;
  readonly value: number;
  readonly link: Link;
}

export async function walkRound(
  parts: RetrievalParts,
  workspaceId: string,
  questionTerms: readonly string[],
  candidates: readonly Candidate[],
  round: number,
  allowed: (documentId: string) => boolean,
  options: WalkOptions = DEFAULTS,
): Promise<Candidate[]> {
  const starts = candidates.slice(0, options.starts);
  const termsOf = (chunk: Chunk): ReadonlySet<string> => parts.terms.of(chunk);
  const weights = termWeights(candidates.map(({ chunk }) => termsOf(chunk)));
  const scoring = { questionTerms, weights, termsOf, size: candidates.length };
  const hops = strongest(await hopsFrom(parts, workspaceId, starts, options), starts, scoring);
  const reached = await load(parts, workspaceId, hops, allowed);
  return merge(candidates, bestReaches(hops, reached, scoring), round);
}

interface WeighedHop extends Hop {
  /** All of a hop's value that can be told without reading the chunk it leads to. */
  readonly weight: number;
}

interface Hop {
  readonly start: Candidate;
  readonly entityId: string;
  readonly entityName: string;
  /** Where the entity stands in the start chunk. */
  readonly span: Span;
  readonly targetId: string;
  readonly byTitle: boolean;
  readonly chunkFrequency: number;
}

async function hopsFrom(
  parts: RetrievalParts,
  workspaceId: string,
  starts: readonly Candidate[],
  options: WalkOptions,
): Promise<Hop[]> {
  const mentions = await parts.graph.mentionsOfChunks(
    workspaceId,
    starts.map((start) => start.chunk.id),
  );
  const entityIds = [...new Set(mentions.map((mention) => mention.entityId))];
  const frequency = await parts.graph.chunkFrequency(workspaceId, entityIds);
  const followed = entityIds.filter((id) => (frequency.get(id) ?? 0) <= options.commonEntity);
  const elsewhere = groupBy(
    await parts.graph.mentionsOfEntities(workspaceId, followed, options.commonEntity),
    (mention) => mention.entityId,
  );
  const titled = titleTargets(parts, workspaceId, mentions);
  const hops: Hop[] = [];
  for (const start of starts) {
    for (const mention of firstMentions(mentions, start.chunk.id)) {
      const common = {
        start,
        entityId: mention.entityId,
        entityName: mention.entityName,
        span: mention.span,
        chunkFrequency: frequency.get(mention.entityId) ?? 1,
      };
      const byTitle = titled.get(normalizeName(mention.entityName)) ?? [];
      for (const targetId of byTitle) hops.push({ ...common, targetId, byTitle: true });
      for (const other of elsewhere.get(mention.entityId) ?? []) {
        hops.push({ ...common, targetId: other.chunkId, byTitle: false });
      }
    }
  }
  return hops.filter((hop) => hop.targetId !== hop.start.chunk.id);
}

/** Chunks of the documents that bear the name of a mentioned entity. */
function titleTargets(
  parts: RetrievalParts,
  workspaceId: string,
  mentions: readonly Mention[],
): Map<string, string[]> {
  const names = [...new Set(mentions.map((mention) => normalizeName(mention.entityName)))];
  const targets = new Map<string, string[]>();
  for (const { documentId, normalizedTitle } of parts.corpus.documentsByTitle(workspaceId, names)) {
    const ids = targets.get(normalizedTitle) ?? [];
    targets.set(normalizedTitle, [...ids, ...parts.corpus.chunkIds(workspaceId, documentId)]);
  }
  return targets;
}

/** One mention of each entity in the chunk: the first. */
function firstMentions(mentions: readonly Mention[], chunkId: string): Mention[] {
  const first = new Map<string, Mention>();
  for (const mention of mentions) {
    if (mention.chunkId !== chunkId) continue;
    const known = first.get(mention.entityId);
    if (!known || mention.span.start < known.span.start) first.set(mention.entityId, mention);
  }
  return [...first.values()];
}

async function load(
  parts: RetrievalParts,
  workspaceId: string,
  hops: readonly Hop[],
  allowed: (documentId: string) => boolean,
): Promise<Map<string, Chunk>> {
  const ids = [...new Set(hops.map((hop) => hop.targetId))];
  const chunks = parts.corpus.chunks(workspaceId, ids);
  return new Map(
    chunks.filter((chunk) => allowed(chunk.documentId)).map((chunk) => [chunk.id, chunk]),
  );
}

interface Scoring {
  readonly questionTerms: readonly string[];
  readonly weights: TermWeights;
  readonly termsOf: (chunk: Chunk) => ReadonlySet<string>;
  /** Number of chunks in play. */
  readonly size: number;
}

/** Reading chunks is what costs: only those with the best prospects are. */
function strongest(
  hops: readonly Hop[],
  starts: readonly Candidate[],
  scoring: Scoring,
): WeighedHop[] {
  const sentence = sentenceSupport(hops, scoring);
  const named = namedInQuestion(scoring.questionTerms);
  const largest = Math.max(...starts.map((start) => start.score), Number.MIN_VALUE);
  const weighed = hops.map((hop) => ({
    ...hop,
    weight:
      (hop.start.score / largest) ** 2 *
      sentence(hop) ** 2 *
      linkWeight(hop, named(hop), scoring.size),
  }));
  return weighed
    .toSorted((a, b) => b.weight - a.weight || (a.targetId < b.targetId ? -1 : 1))
    .slice(0, MOST_HOPS);
}

function bestReaches(
  hops: readonly WeighedHop[],
  reached: ReadonlyMap<string, Chunk>,
  scoring: Scoring,
): Map<string, Reach> {
  const best = new Map<string, Reach>();
  for (const hop of hops) {
    const chunk = reached.get(hop.targetId);
    if (!chunk) continue;
    const value = hop.weight * (0.2 + 1.6 * conditionalRelevance(hop, chunk, scoring) ** 1.5);
    if (value <= (best.get(chunk.id)?.value ?? 0)) continue;
    best.set(chunk.id, {
      chunk,
      value,
      link: {
        entityId: hop.entityId,
        entityName: hop.entityName,
        fromChunkId: hop.start.chunk.id,
        span: hop.span,
      },
    });
  }
  return best;
}

/** How well the sentence that holds the entity fits the question, 0..1, the best sentence having 1. */
function sentenceSupport(hops: readonly Hop[], scoring: Scoring): (hop: Hop) => number {
  const raw = new Map<string, number>();
  const key = (hop: Hop): string => `${hop.start.chunk.id} ${hop.entityId}`;
  for (const hop of hops) {
    if (raw.has(key(hop))) continue;
    const { chunk } = hop.start;
    const sentence = chunk.sentences.find(
      (s) => s.start <= hop.span.start && hop.span.start < s.end,
    );
    const text = sentence
      ? chunk.text.slice(sentence.start - chunk.start, sentence.end - chunk.start)
      : '';
    raw.set(key(hop), 0.25 + scoring.weights.coverage(scoring.questionTerms, termSet(text)));
  }
  const largest = Math.max(...raw.values(), Number.MIN_VALUE);
  return (hop) => raw.get(key(hop))! / largest;
}

function linkWeight(hop: Hop, isNamed: boolean, size: number): number {
  const rarity = Math.min(1, Math.log(1 + size / hop.chunkFrequency) / Math.log(1 + size));
  const strength = hop.byTitle ? 1 : MENTION_LINK * rarity ** 2;
  return strength * (isNamed ? NAMED_IN_QUESTION : 1);
}

/** Whether the question names the entity of a hop; worked out once for each entity. */
function namedInQuestion(questionTerms: readonly string[]): (hop: Hop) => boolean {
  const asked = new Set(questionTerms);
  const known = new Map<string, boolean>();
  return ({ entityId, entityName }) => {
    let named = known.get(entityId);
    if (named === undefined) {
      named = [...termSet(entityName)].every((term) => asked.has(term));
      known.set(entityId, named);
    }
    return named;
  };
}

/** Coverage of the question's terms that the start chunk lacks, and of the entity's name. */
function conditionalRelevance(hop: Hop, target: Chunk, scoring: Scoring): number {
  const covered = scoring.termsOf(hop.start.chunk);
  const open = scoring.questionTerms.filter((term) => !covered.has(term));
  const wanted = [...new Set([...open, ...termSet(hop.entityName)])];
  return scoring.weights.coverage(wanted, scoring.termsOf(target));
}

function merge(
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
    merged.set(id, {
      chunk,
      score: base + value,
      lexical: known?.lexical,
      dense: known?.dense,
      link: value,
      round: explains ? round : (known?.round ?? round),
      via: explains || !known ? link : known.via,
    });
  }
  return [...merged.values()].toSorted(byScore);
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}
