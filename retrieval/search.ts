/** Retrieval from question to ranked chunks: linking, round 1, then rounds over entity links. */
import { firstRound } from './candidates.ts';
import { linkEntities } from './linker.ts';
import { analyseQuestion } from './question.ts';
import { termWeights } from './term-weights.ts';
import type { Candidate, RetrievalParts, SearchRequest, SearchResult } from './types.ts';
import { walkRound } from './walk.ts';

export interface SearchOptions {
  readonly denseShare: number;
  /** Rounds over entity links behind the first. */
  readonly linkRounds: number;
}

const DEFAULTS: SearchOptions = { denseShare: 0.5, linkRounds: 2 };
/** Chunks whose words count as what was found. */
const COVERAGE_DEPTH = 5;

export async function search(
  parts: RetrievalParts,
  request: SearchRequest,
  vector: Float32Array,
  options: SearchOptions = DEFAULTS,
): Promise<SearchResult> {
  const { workspaceId, question, filter } = request;
  const { terms } = analyseQuestion(question);
  const [entities, first] = await Promise.all([
    linkEntities(parts.graph, workspaceId, question),
    firstRound(parts, workspaceId, question, vector, { denseShare: options.denseShare, filter }),
  ]);
  const allowed = documentFilter(parts, workspaceId, filter?.documentIds);
  let candidates: readonly Candidate[] = first;
  for (let round = 2; round < 2 + options.linkRounds && candidates.length > 0; round++) {
    candidates = await walkRound(parts, workspaceId, terms, candidates, round, allowed);
  }
  return {
    entities,
    candidates: candidates.slice(0, request.limit),
    coverage: coverage(parts, terms, candidates),
  };
}

/** Links must not lead out of the filter, nor into disabled or vanishing documents. */
function documentFilter(
  { corpus }: RetrievalParts,
  workspaceId: string,
  documentIds: readonly string[] | undefined,
): (documentId: string) => boolean {
  const wanted = documentIds && new Set(documentIds);
  const known = new Map<string, boolean>();
  return (id) => {
    let allowed = known.get(id);
    if (allowed === undefined) {
      const document = corpus.document(workspaceId, id);
      const usable = document !== undefined && document.enabled && document.status !== 'deleting';
      known.set(id, (allowed = usable && (!wanted || wanted.has(id))));
    }
    return allowed;
  };
}

function coverage(
  parts: RetrievalParts,
  terms: readonly string[],
  candidates: readonly Candidate[],
): number {
  const texts = candidates.map(({ chunk }) => parts.terms.of(chunk));
  const held = new Set(texts.slice(0, COVERAGE_DEPTH).flatMap((text) => [...text]));
  return termWeights(texts).coverage(terms, held);
}
