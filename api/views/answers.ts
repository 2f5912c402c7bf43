/** From retrieval's outcome to what the API shows of searches and answers. */
import type { AnswerRecord, Chunk, CorpusStore, DocumentRecord, Span } from '../../graph/index.ts';
import type {
  AnswerOutcome,
  AnswerTimings,
  Candidate,
  Citation,
  GraphPath,
  PathStep,
} from '../../retrieval/index.ts';
import type * as contract from '../contract/index.ts';

/** Documents of one workspace, each read once. */
export type DocumentLookup = (documentId: string) => DocumentRecord | undefined;

export function documentLookup(corpus: CorpusStore, workspaceId: string): DocumentLookup {
  const known = new Map<string, DocumentRecord | undefined>();
  return (id) => {
    if (!known.has(id)) known.set(id, corpus.document(workspaceId, id));
    return known.get(id);
  };
}

export function hitView(candidate: Candidate, documents: DocumentLookup): contract.SearchHit {
  const { chunk } = candidate;
  return {
    chunk_id: chunk.id,
    document_id: chunk.documentId,
    document_title: titleOf(documents, chunk.documentId),
    heading_path: [...chunk.headingPath],
    page: chunk.page ?? null,
    span: { start: chunk.start, end: chunk.end },
    text: chunk.text,
    score: candidate.score,
    scores: {
      lexical: candidate.lexical ?? null,
      dense: candidate.dense ?? null,
      link: candidate.link ?? null,
    },
    round: candidate.round,
    via: candidate.via?.entityName ?? null,
  };
}

export function contextView(
  context: readonly Candidate[],
  cached: ReadonlySet<string>,
  documents: DocumentLookup,
): contract.ContextChunk[] {
  return context.map(({ chunk, score }) => ({
    chunk_id: chunk.id,
    document_id: chunk.documentId,
    document_title: titleOf(documents, chunk.documentId),
    heading_path: [...chunk.headingPath],
    page: chunk.page ?? null,
    span: { start: chunk.start, end: chunk.end },
    text: chunk.text,
    score,
    tokens: chunk.tokenCount,
    cached: cached.has(chunk.id),
  }));
}

export function citationView(citation: Citation, documents: DocumentLookup): contract.Citation {
  const { chunk } = citation;
  return {
    index: citation.index,
    document_id: chunk.documentId,
    document_title: titleOf(documents, chunk.documentId),
    document_version: documents(chunk.documentId)?.publishedVersion ?? 0,
    chunk_id: chunk.id,
    page: chunk.page ?? null,
    span: { ...citation.span },
    text: citation.text,
    answer_span: citation.answerSpan ? { ...citation.answerSpan } : null,
  };
}

export function pathView(path: GraphPath, documents: DocumentLookup): contract.GraphPath {
  return { score: path.score, steps: path.steps.map((step) => stepView(step, documents)) };
}

function stepView(step: PathStep, documents: DocumentLookup): contract.PathStep {
  if (step.kind === 'entity') return { ...nowhere, kind: 'entity', id: step.id, label: step.name };
  if (step.kind === 'chunk') {
    const { chunk, span } = step;
    return {
      kind: 'chunk',
      id: chunk.id,
      label: chunk.headingPath.join(' > '),
      ...place(chunk.documentId, chunk.id, documents),
      span: span ? { ...span } : null,
      text: span ? chunk.text.slice(span.start - chunk.start, span.end - chunk.start) : null,
      fact: null,
    };
  }
  const { fact } = step;
  const support = fact.support.find((each) => each.chunkId === step.chunkId) ?? fact.support[0]!;
  return {
    kind: 'fact',
    id: fact.id,
    label: `${fact.subject.name} - ${fact.relation} - ${fact.object.name}`,
    ...place(support.documentId, support.chunkId, documents),
    span: { ...support.sentence },
    text: null,
    fact: { subject: fact.subject.name, relation: fact.relation, object: fact.object.name },
  };
}

const nowhere = {
  document_id: null,
  document_title: null,
  chunk_id: null,
  span: null,
  text: null,
  fact: null,
};

function place(
  documentId: string,
  chunkId: string,
  documents: DocumentLookup,
): { document_id: string; document_title: string; chunk_id: string } {
  return {
    document_id: documentId,
    document_title: titleOf(documents, documentId),
    chunk_id: chunkId,
  };
}

/**
 * An answer as it was stored, without the texts of documents that were deleted since: whoever deletes a
 * document expects its text to be gone. Titles and places stay, so that the answer can be understood.
 */
export function storedAnswerView(record: AnswerRecord, documents: DocumentLookup): contract.Answer {
  const answer = JSON.parse(record.body) as contract.Answer;
  const isGone = (id: string | null): boolean => id !== null && documents(id) === undefined;
  const redact = <T extends { document_id: string | null; text: string | null }>(each: T): T =>
    each.text !== null && isGone(each.document_id) ? { ...each, text: '' } : each;
  return {
    ...answer,
    context: answer.context.map(redact),
    citations: answer.citations.map(redact),
    paths: answer.paths.map((path) => ({ ...path, steps: path.steps.map(redact) })),
  };
}

/** The sentence of a fact, cut from the chunk that says it; empty where the chunk is gone. */
export function sentenceIn(chunk: Chunk | undefined, span: Span): string {
  return chunk ? chunk.text.slice(span.start - chunk.start, span.end - chunk.start) : '';
}

/** Fills in the sentences of fact steps. */
export function withSentences(
  path: contract.GraphPath,
  sentenceOf: (chunkId: string, span: Span) => string,
): contract.GraphPath {
  return {
    ...path,
    steps: path.steps.map((step) =>
      step.kind === 'fact' && step.chunk_id && step.span
        ? { ...step, text: sentenceOf(step.chunk_id, step.span) }
        : step,
    ),
  };
}

export function timingsView(timings: AnswerTimings): contract.Timings {
  return {
    embed: timings.embed,
    retrieval: timings.retrieval,
    plan: timings.plan,
    queue: timings.queue,
    kv_load: timings.kvLoad,
    selection: timings.selection,
    recompute: timings.recompute,
    sample: timings.sample,
    first_token: timings.firstToken,
    total: timings.total,
    tokens_per_second: timings.tokensPerSecond,
  };
}

export function reuseView(reuse: NonNullable<AnswerOutcome['reuse']>): contract.Reuse {
  return {
    prompt_tokens: reuse.promptTokens,
    cached_tokens: reuse.cachedTokens,
    kept_tokens: reuse.keptTokens,
    recomputed_tokens: reuse.recomputedTokens,
    fresh_tokens: reuse.freshTokens,
    answer_tokens: reuse.answerTokens,
    policy: reuse.policy,
    cache_hits: reuse.cacheHits,
    cache_misses: reuse.cacheMisses,
  };
}

export function ribbonView(ribbon: AnswerOutcome['ribbon']): contract.RibbonRun[] {
  return ribbon.map((run) => ({ kind: run.kind, tokens: run.tokens, chunk_id: run.chunkId }));
}

export function titleOf(documents: DocumentLookup, id: string): string {
  const document = documents(id);
  return document?.title || document?.name || '';
}
