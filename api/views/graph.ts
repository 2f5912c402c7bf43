/** From the graph to what the API shows of entities and facts. */
import type { CorpusStore, Entity, Fact, Span } from '../../graph/index.ts';
import type * as contract from '../contract/index.ts';

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

/** Facts with the sentences that support them; texts are read once per document. */
export function factViews(
  corpus: CorpusStore,
  workspaceId: string,
  facts: readonly Fact[],
): contract.Fact[] {
  const textOf = documentTexts(corpus, workspaceId);
  return facts.map((fact) => ({
    id: fact.id,
    subject: { ...fact.subject },
    relation: fact.relation,
    object: { ...fact.object },
    confidence: fact.confidence,
    negated: fact.negated,
    support: fact.support.map((support) => {
      const { title, text } = textOf(support.documentId);
      return {
        document_id: support.documentId,
        document_title: title,
        chunk_id: support.chunkId,
        sentence: { ...support.sentence },
        sentence_text: cut(text, support.sentence),
        subject_span: { ...support.subjectSpan },
        relation_span: { ...support.relationSpan },
        object_span: { ...support.objectSpan },
      };
    }),
  }));
}

function documentTexts(
  corpus: CorpusStore,
  workspaceId: string,
): (documentId: string) => { title: string; text: string } {
  const known = new Map<string, { title: string; text: string }>();
  return (documentId) => {
    let found = known.get(documentId);
    if (!found) {
      found = corpus.documentText(workspaceId, documentId) ?? { title: '', text: '' };
      known.set(documentId, found);
    }
    return found;
  };
}

function cut(text: string, span: Span): string {
  return text.slice(span.start, span.end);
}
