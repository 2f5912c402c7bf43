/**
 * What one chunk says, in the terms of a schema. A function of the raw extraction, the text and the schema
 * only: a changed schema is applied by running it again. What the schema has no place for is rejected with
 * the reason, never dropped in silence.
 */

import type {
  Chunk,
  ChunkExtraction,
  EntityType,
  ExtractedTriple,
  RejectedFact,
  Span,
} from '../../graph/index.ts';
import { nameFault } from '../extract/contract.ts';
import { spokenSentence, type SpokenSentence } from './spoken-sentence.ts';
import type { TypingModel } from './typing/model.ts';
import { plainForm } from './typing/plain-form.ts';
import type { TypedRelation } from './typing/relations.ts';
import { typeSentence, type TypedArgument, type TypedFact } from './typing/type-sentence.ts';
import { cueStem } from './typing/words.ts';

export type Rejected = Omit<RejectedFact, 'id' | 'documentId'>;

export interface StatedChunk {
  readonly extraction: ChunkExtraction;
  readonly rejected: readonly Rejected[];
}

export function stateExtraction(
  model: TypingModel,
  document: string,
  chunk: Chunk,
  extraction: ChunkExtraction,
): StatedChunk {
  const triples: ExtractedTriple[] = [];
  const rejected: Rejected[] = [];
  for (const sentence of chunk.sentences) {
    const spoken = spokenSentence(document, sentence, extraction);
    if (spoken.text.trim() === '') continue;
    const stated = stateSentence(model, chunk.id, sentence, spoken);
    triples.push(...stated.triples);
    rejected.push(...stated.rejected);
  }
  return { extraction: { ...extraction, triples }, rejected };
}

function stateSentence(
  model: TypingModel,
  chunkId: string,
  sentence: Span,
  spoken: SpokenSentence,
): { triples: ExtractedTriple[]; rejected: Rejected[] } {
  const triples = new Map<string, ExtractedTriple>();
  const rejected: Rejected[] = [];
  const take = (triple: ExtractedTriple, relation: TypedRelation): void => {
    const reason = contractFault(triple, relation);
    if (reason !== undefined) return void rejected.push(rejectedOf(chunkId, triple, reason));
    const key = [triple.subject.name, triple.relation.name, triple.object.name].join('\u0000');
    if (!triples.has(key)) triples.set(key, triple);
  };
  for (const triple of spoken.triples) {
    const relation = relationOf(model, triple.relation.name);
    if (relation !== undefined)
      take(
        { ...triple, relation: { ...triple.relation, name: relation.definition.label } },
        relation,
      );
  }
  for (const fact of typeSentence(model, spoken)) {
    const relation = model.relations.find((one) => one.definition === fact.relation);
    if (relation !== undefined) take(tripleOf(fact, relation, sentence, spoken), relation);
  }
  const kept = [...triples.values()];
  for (const triple of spoken.triples)
    if (!kept.some((one) => states(one, triple)))
      rejected.push(rejectedOf(chunkId, triple, 'relation'));
  return { triples: kept, rejected };
}

/** A raw relation that is the schema's own word: its label, an alias, or the id. */
function relationOf(model: TypingModel, name: string): TypedRelation | undefined {
  const plain = plainForm(name);
  return model.relations.find(({ definition }) =>
    [definition.label, definition.id, ...definition.aliases].some(
      (one) => plainForm(one) === plain,
    ),
  );
}

type Ends = Pick<ExtractedTriple, 'subject' | 'object'>;

function states(stated: Ends, raw: Ends): boolean {
  const touches = (a: Span, b: Span): boolean => a.start < b.end && b.start < a.end;
  return (
    (touches(stated.subject.span, raw.subject.span) &&
      touches(stated.object.span, raw.object.span)) ||
    (touches(stated.subject.span, raw.object.span) && touches(stated.object.span, raw.subject.span))
  );
}

function tripleOf(
  fact: TypedFact,
  relation: TypedRelation,
  sentence: Span,
  spoken: SpokenSentence,
): ExtractedTriple {
  const end = (
    argument: TypedArgument,
    broad: ReadonlySet<string>,
  ): ExtractedTriple['subject'] => ({
    name: spoken.names.get(`${argument.span.start}:${argument.span.end}`) ?? argument.name,
    type: argument.type ?? onlyType(broad) ?? 'thing',
    span: spoken.origin(argument.span),
  });
  const subject = end(fact.subject, relation.domain.broad);
  const object = end(fact.object, relation.range.broad);
  const named = fact.object.isTaught ? { ...object, name: fact.object.name } : object;
  const triple = {
    subject,
    relation: { name: relation.definition.label, span: cueSpan(fact, relation, spoken) },
    object: named,
    confidence: Math.round(fact.confidence * 100) / 100,
    sentence,
  };
  const same = spoken.triples.filter((raw) => states(triple, raw));
  const valid = same.find((raw) => raw.valid !== undefined)?.valid;
  // A rule that read the same two ends as a denial is believed.
  const negated = same.length > 0 && same.every((raw) => raw.negated);
  return { ...triple, negated, ...(valid && { valid }) };
}

function onlyType(broad: ReadonlySet<string>): EntityType | undefined {
  const [first] = broad;
  return broad.size === 1 ? (first as EntityType) : undefined;
}

/** The words that say the relation: one of its own, else what stands between the ends, else all. */
function cueSpan(fact: TypedFact, relation: TypedRelation, spoken: SpokenSentence): Span {
  for (const match of spoken.text.matchAll(/[\p{L}\p{N}]+/gu))
    if (relation.stems.has(cueStem(match[0].toLowerCase())))
      return spoken.origin({ start: match.index, end: match.index + match[0].length });
  const [left, right] = [fact.subject.span, fact.object.span].sort((a, b) => a.start - b.start);
  const between = { start: (left as Span).end, end: (right as Span).start };
  if (spoken.text.slice(between.start, between.end).trim() === '')
    return spoken.origin({ start: 0, end: spoken.text.length });
  return spoken.origin(between);
}

function contractFault(triple: ExtractedTriple, relation: TypedRelation): string | undefined {
  const { subject, object } = triple;
  const fault = nameFault(subject.name) ?? nameFault(object.name);
  if (fault !== undefined) return fault;
  if (plainForm(subject.name) === plainForm(object.name)) return 'self';
  if ([subject.span, triple.relation.span, object.span].some((span) => span.end <= span.start))
    return 'span';
  const fits =
    isFit(subject.type, relation.domain.broad) && isFit(object.type, relation.range.broad);
  return fits ? undefined : 'type';
}

/** The rules' guess of a type is only held against a fact where the kinds cannot be mistaken. */
function isFit(type: EntityType, broad: ReadonlySet<string>): boolean {
  if (broad.size === 0 || broad.has(type) || type === 'thing' || broad.has('thing')) return true;
  const isValue = (one: string): boolean => one === 'date' || one === 'quantity';
  if (isValue(type) || [...broad].every(isValue)) return false;
  const plain = new Set(['person', 'place']);
  return !(plain.has(type) && [...broad].every((one) => plain.has(one)));
}

function rejectedOf(chunkId: string, triple: ExtractedTriple, reason: string): Rejected {
  const { subject, relation, object, sentence } = triple;
  return {
    chunkId,
    reason,
    subject: subject.name,
    relation: relation.name,
    object: object.name,
    sentence,
  };
}
