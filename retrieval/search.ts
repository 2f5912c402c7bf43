/** Retrieval from question to ranked chunks: linking, round 1, rounds over entity links, the order of reading. */
import { firstRound } from './candidates.ts';
import { orderByCoverage } from './coverage-order.ts';
import { decompose } from './decompose.ts';
import { linkEntities } from './linker.ts';
import { METHODS } from './methods/index.ts';
import type { RetrievalRun } from './methods/types.ts';
import { analyseQuestion } from './question.ts';
import { Relevance } from './relevance.ts';
import { reranked } from './rerank.ts';
import { DEFAULT_SETTINGS, type RetrievalSettings } from './settings.ts';
import { isComplete, withSubQuestions } from './sub-questions.ts';
import { termSet, termWeights } from './term-weights.ts';
import type { Candidate, RetrievalParts, SearchRequest, SearchResult } from './types.ts';

/** Chunks whose words count as what was found. */
const COVERAGE_DEPTH = 5;
/** Chunks that tell how frequent words are. */
const COMPARED = 40;

/** Without a vector (no embedder) chunks are judged by their words and links alone. */
export async function search(
  parts: RetrievalParts,
  request: SearchRequest,
  vector: Float32Array | undefined,
  settings: RetrievalSettings = DEFAULT_SETTINGS,
): Promise<SearchResult> {
  const { workspaceId, filter } = request;
  const question = analyseQuestion(request.question);
  const several = decompose(question.text);
  const [entities, whole] = await Promise.all([
    linkEntities(parts.graph, workspaceId, question.text),
    firstRound(parts, workspaceId, question.text, vector, { settings, filter }),
  ]);
  const { candidates: first, lexicalScores } = several
    ? await withSubQuestions(parts, workspaceId, whole, several.parts, { settings, filter })
    : whole;
  const relevance = new Relevance(parts, workspaceId, first);
  await relevance.learn([question.text]);
  // Links must not lead out of the filter, nor into disabled or vanishing documents.
  const allowed = parts.corpus.searchable(workspaceId, filter);
  const run: RetrievalRun = {
    parts,
    workspaceId,
    question,
    vector,
    entities,
    relevance,
    settings,
    filter,
    allowed,
    lexicalScores,
    nameTerms: remembered(termSet),
    onCandidates: request.onCandidates,
  };
  request.onCandidates?.(first);
  const isDone = several !== undefined && isComplete(several, first, parts.terms);
  const candidates = isDone ? first : await METHODS[settings.method](run, first);
  const ordered = orderByCoverage(candidates, {
    terms: question.terms,
    weight: (term) => relevance.weight(term),
    cache: parts.terms,
    gain: settings.finalCoverage,
  });
  const ranked = await reranked(
    parts,
    question.text,
    ordered.map(({ candidate, worth }) => ({ ...candidate, score: worth })),
    request.signal,
  );
  return {
    entities,
    candidates: ranked.slice(0, request.limit),
    coverage: coverage(parts, question.terms, ranked),
  };
}

function remembered<T>(of: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    let value = known.get(text);
    if (value === undefined) known.set(text, (value = of(text)));
    return value;
  };
}

function coverage(
  parts: RetrievalParts,
  terms: readonly string[],
  candidates: readonly Candidate[],
): number {
  const texts = candidates.slice(0, COMPARED).map(({ chunk }) => parts.terms.of(chunk));
  const best = texts.slice(0, COVERAGE_DEPTH);
  return termWeights(texts).coverage(terms, { has: (term) => best.some((text) => text.has(term)) });
}
