/** From the graph to what the API shows of entities and facts. */
import type { CorpusStore, Entity, Fact, FactSupport, FactTime } from '../../graph/index.ts';
import type * as contract from '../contract/index.ts';
import { documentLookup, sentenceIn, titleOf } from './answers.ts';

export function entityView(entity: Entity): contract.Entity {
  return {
    id: entity.id,
    name: entity.name,
    type: entity.type,
    aliases: [...entity.aliases],
    mention_count: entity.mentionCount,
    fact_count: entity.factCount,
    document_count: entity.documentCount,
  };
}

/** Facts with the sentences that support them, cut from the chunks that say them. */
export function factViews(
  corpus: CorpusStore,
  workspaceId: string,
  facts: readonly Fact[],
  times?: ReadonlyMap<string, FactTime>,
): contract.Fact[] {
  const ids = new Set(facts.flatMap((fact) => fact.support.map((support) => support.chunkId)));
  const chunks = new Map(corpus.chunks(workspaceId, [...ids]).map((chunk) => [chunk.id, chunk]));
  const documents = documentLookup(corpus, workspaceId);
  const seen = times ? corpus.chunksFirstSeen(workspaceId, [...ids]) : new Map<string, string>();
  return facts.map((fact) => ({
    id: fact.id,
    subject: { ...fact.subject },
    relation: fact.relation,
    object: { ...fact.object },
    confidence: fact.confidence,
    negated: fact.negated,
    ...(times && { time: timeView(fact, times.get(fact.id)!, seen) }),
    support: fact.support.map((support) => ({
      document_id: support.documentId,
      document_title: titleOf(documents, support.documentId),
      chunk_id: support.chunkId,
      sentence: { ...support.sentence },
      sentence_text: sentenceIn(chunks.get(support.chunkId), support.sentence),
      subject_span: { ...support.subjectSpan },
      relation_span: { ...support.relationSpan },
      object_span: { ...support.objectSpan },
      ...(support.valid && { valid: validView(support.valid) }),
    })),
  }));
}

function validView({ from, to, span }: NonNullable<FactSupport['valid']>) {
  return { from: from ?? null, to: to ?? null, span: { ...span } };
}

function timeView(
  fact: Fact,
  time: FactTime,
  seen: ReadonlyMap<string, string>,
): contract.FactTime {
  const dates = fact.support.flatMap((support) => seen.get(support.chunkId) ?? []);
  return {
    periods: time.periods.map(({ from, to }) => ({ from: from ?? null, to: to ?? null })),
    status: time.status,
    superseded_by: time.supersededBy
      ? { fact_id: time.supersededBy.factId, from: time.supersededBy.from }
      : null,
    contested_by: [...time.contestedBy],
    first_seen: dates.sort()[0] ?? null,
    documents: time.documents,
    sentences: time.sentences,
  };
}
