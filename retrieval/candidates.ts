/**
 * Round 1: chunks that the question itself finds. BM25 and dense scores, each min-max scaled over the pool,
 * are mixed; a document whose title stands in the question gets a bonus.
 */
import {
  normalizeName,
  titleName,
  type Chunk,
  type ScoredChunk,
  type SearchFilter,
} from '../graph/index.ts';
import { nameTerms } from './question.ts';
import type { RetrievalSettings } from './settings.ts';
import type { Candidate, RetrievalParts } from './types.ts';
import { contentTerms, nGrams } from './words.ts';

/** Longest title looked for in a question, in words. */
const LONGEST_TITLE = 8;

/** How many times more lexical hits are asked for than become candidates: their scores cost nothing more. */
const WIDE = 10;

export interface FirstRound {
  /** Best first. */
  readonly candidates: readonly Candidate[];
  /** Of many chunks more than the candidates. */
  readonly lexicalScores: ReadonlyMap<string, number>;
}

export interface FirstRoundOptions {
  readonly settings: RetrievalSettings;
  readonly filter: SearchFilter | undefined;
}

export async function firstRound(
  parts: RetrievalParts,
  workspaceId: string,
  question: string,
  vector: Float32Array | undefined,
  options: FirstRoundOptions,
): Promise<FirstRound> {
  const { filter, settings } = options;
  const limit = settings.pool;
  const [byWords, dense] = await Promise.all([
    parts.lexical.search(workspaceId, question, { limit: WIDE * limit, filter }),
    vector ? parts.vectors.search(workspaceId, vector, { limit, filter }) : [],
  ]);
  const facts = await bestFacts(parts, workspaceId, vector, options);
  const ids = [
    ...new Set(
      [...byWords.slice(0, limit), ...dense].map((hit) => hit.chunkId).concat([...facts.keys()]),
    ),
  ];
  const chunks = parts.corpus.chunks(workspaceId, ids);
  const lexicalScores = scores(byWords);
  const denseScores = vector
    ? withMissing(scores(dense), parts, workspaceId, ids, vector)
    : new Map<string, number>();
  const scaledLexical = minMax(lexicalScores, ids);
  const scaledDense = minMax(denseScores, ids);
  const sentence = vector
    ? bestSentences(parts, workspaceId, ids, vector)
    : new Map<string, number>();
  const scaledSentence = minMax(sentence, ids);
  const scaledFact = minMax(facts, ids);
  const withFact = (id: string, whole: number): number =>
    facts.size > 0 ? settings.factShare * scaledFact(id) + (1 - settings.factShare) * whole : whole;
  const bonus = nameBonus(chunks, question, settings.titleBonus);
  // A chunk whose vector is not made yet is judged by its words alone.
  const mix = (words: number, meaning: number | undefined): number =>
    meaning === undefined
      ? words
      : settings.denseShare * meaning + (1 - settings.denseShare) * words;
  const withSentence = (id: string, whole: number): number =>
    sentence.has(id)
      ? settings.sentenceShare * scaledSentence(id) + (1 - settings.sentenceShare) * whole
      : whole;
  const candidates = chunks
    .map((chunk): Candidate => ({
      chunk,
      score:
        withFact(
          chunk.id,
          withSentence(
            chunk.id,
            mix(
              scaledLexical(chunk.id),
              denseScores.has(chunk.id) ? scaledDense(chunk.id) : undefined,
            ),
          ),
        ) + bonus(chunk),
      lexical: lexicalScores.get(chunk.id),
      dense: denseScores.get(chunk.id),
      link: undefined,
      round: 1,
      via: undefined,
    }))
    .toSorted(byScore);
  return { candidates, lexicalScores };
}

/** Best first; equal scores in the order of ids, so that results are the same every time. */
export function byScore(a: Candidate, b: Candidate): number {
  return b.score - a.score || (a.chunk.id < b.chunk.id ? -1 : 1);
}

function scores(hits: readonly ScoredChunk[]): Map<string, number> {
  return new Map(hits.map((hit) => [hit.chunkId, hit.score]));
}

/** Dense scores of the chunks that only the lexical index found. */
function withMissing(
  known: Map<string, number>,
  parts: RetrievalParts,
  workspaceId: string,
  ids: readonly string[],
  vector: Float32Array,
): Map<string, number> {
  const missing = ids.filter((id) => !known.has(id));
  const vectors = parts.corpus.chunkVectors(workspaceId, missing);
  const all = new Map(known);
  for (const [id, other] of vectors)
    if (other.length === vector.length) all.set(id, dot(vector, other));
  return all;
}

/** Of those chunks whose sentences are embedded, the cosine of the one that fits best. */
function bestSentences(
  { sentences }: RetrievalParts,
  workspaceId: string,
  ids: readonly string[],
  vector: Float32Array,
): Map<string, number> {
  const found = sentences?.similarities(workspaceId, ids, vector) ?? [];
  return new Map([...found].map(([id, cosines]) => [id, Math.max(...cosines)]));
}

/** Cosine of the fact nearest to the question, of the chunks that say one of the nearest facts. */
async function bestFacts(
  { graphTextIndex }: RetrievalParts,
  workspaceId: string,
  vector: Float32Array | undefined,
  { settings, filter }: FirstRoundOptions,
): Promise<Map<string, number>> {
  const best = new Map<string, number>();
  if (!vector || !graphTextIndex || settings.factShare === 0) return best;
  const limit = settings.pool;
  const facts = await graphTextIndex.search(workspaceId, 'fact', vector, { limit, filter });
  for (const { chunkIds, score } of facts)
    for (const id of chunkIds) if (!best.has(id)) best.set(id, score);
  return best;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** Scaled to 0..1 over the pool; what has no score gets 0. */
function minMax(
  known: ReadonlyMap<string, number>,
  ids: readonly string[],
): (id: string) => number {
  const values = ids.map((id) => known.get(id)).filter((value) => value !== undefined);
  // A chunk without any match is the natural zero of a lexical score.
  const low = values.length < ids.length ? 0 : Math.min(...values);
  const high = Math.max(...values);
  const width = high - low;
  return (id) => {
    const value = known.get(id);
    if (value === undefined) return 0;
    return width > 0 ? Math.max(0, (value - low) / width) : 1;
  };
}

/** For chunks that bear a name of the question: as the title, else as the name their text opens with. */
function nameBonus(
  chunks: readonly Chunk[],
  question: string,
  most: number,
): (chunk: Chunk) => number {
  const grams = new Set(nGrams(question, LONGEST_TITLE).map(normalizeName));
  const written = new Set(nameTerms(question));
  // "Music is ..." is no name, though the question may speak of music.
  const opening = (chunk: Chunk): string => {
    const name = openingName(chunk);
    return grams.has(name) && contentTerms(name).every((term) => written.has(term)) ? name : '';
  };
  const names = new Map(
    chunks.map((chunk) => {
      const title = titleName(chunk.headingPath[0] ?? '');
      return [chunk.id, grams.has(title) ? title : opening(chunk)] as const;
    }),
  );
  const sharing = new Map<string, number>();
  for (const name of names.values()) sharing.set(name, (sharing.get(name) ?? 0) + 1);
  return (chunk) => {
    const name = names.get(chunk.id)!;
    return grams.has(name) ? most / Math.sqrt(sharing.get(name)!) : 0;
  };
}

/** Words in a row that begin with a capital, small connecting words between them; an article may lead in. */
const OPENING =
  /^\W*(?:(?:The|An?)\s+)?(\p{Lu}[\p{L}\p{M}\p{N}.'’-]*(?:\s+(?:(?:of|the|and|de|la|van|von|du)\s+){0,2}[\p{Lu}\p{N}][\p{L}\p{M}\p{N}.'’-]*)*)/u;
const LONGEST_OPENING = 80;

/** The name that a text opens with: what most texts are about; '' if there is none. */
function openingName({ text }: Chunk): string {
  const name = OPENING.exec(text.slice(0, LONGEST_OPENING))?.[1];
  return name === undefined ? '' : normalizeName(name);
}
