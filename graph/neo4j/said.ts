/** What documents say, as rows: one per mention and one per support of a fact, each only once. */
import { entityId, factId, normalizeName, normalizeRelation } from '../names.ts';
import type { ChunkExtraction, EntityType, SaidByDocument, ValidTime } from '../types.ts';

export interface SaidMention {
  readonly documentId: string;
  readonly chunkId: string;
  readonly entityId: string;
  readonly name: string;
  readonly surface: string;
  readonly type: EntityType;
  readonly start: number;
  readonly end: number;
}

export interface SaidEnd {
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
}

export interface SaidSupport {
  readonly documentId: string;
  readonly chunkId: string;
  readonly factId: string;
  readonly subject: SaidEnd;
  readonly relation: string;
  readonly object: SaidEnd;
  readonly negated: boolean;
  readonly confidence: number;
  /** Start and end of subject, relation, object and sentence. */
  readonly spans: readonly number[];
  readonly valid: ValidTime | undefined;
}

export interface Said {
  readonly mentions: SaidMention[];
  readonly supports: SaidSupport[];
}

/** Of names as texts give them; undefined for one without any character, which is no entity. */
export type IdOf = (name: string) => string | undefined;

/** A text names the same things again and again, and an id is a hash. */
export function entityIds(workspaceId: string): IdOf {
  const known = new Map<string, string | undefined>();
  return (name) => {
    if (!known.has(name)) {
      known.set(name, normalizeName(name) === '' ? undefined : entityId(workspaceId, name));
    }
    return known.get(name);
  };
}

/** Of two mentions at one place the first counts; of two supports the first, with the higher confidence. */
export function saidIn(
  workspaceId: string,
  { documentId, extractions }: SaidByDocument,
  idOf: IdOf,
): Said {
  const mentions = new Map<string, SaidMention>();
  const supports = new Map<string, SaidSupport>();
  for (const extraction of extractions) {
    for (const mention of mentionsIn(idOf, documentId, extraction)) {
      const place = mentionPlace(mention);
      if (!mentions.has(place)) mentions.set(place, mention);
    }
    for (const support of supportsIn(workspaceId, idOf, documentId, extraction)) {
      const place = supportPlace(support);
      const first = supports.get(place);
      if (!first) supports.set(place, support);
      else if (support.confidence > first.confidence)
        supports.set(place, { ...first, confidence: support.confidence });
    }
  }
  return { mentions: [...mentions.values()], supports: [...supports.values()] };
}

/** Within a document. The chunk comes last, since its id may hold any character. */
function mentionPlace({ chunkId, start, end, entityId: id }: SaidMention): string {
  return `${start} ${end} ${id} ${chunkId}`;
}

/** The sentence is not part of it: one fact at one place is one support. */
function supportPlace({ chunkId, factId: id, spans }: SaidSupport): string {
  return `${spans.slice(0, 6).join(' ')} ${id} ${chunkId}`;
}

function mentionsIn(
  idOf: IdOf,
  documentId: string,
  { chunkId, mentions }: ChunkExtraction,
): SaidMention[] {
  return mentions.flatMap(({ name, surface, type, span }) => {
    const id = idOf(name);
    if (id === undefined) return [];
    const { start, end } = span;
    return [{ documentId, chunkId, entityId: id, name, surface, type, start, end }];
  });
}

function supportsIn(
  workspaceId: string,
  idOf: IdOf,
  documentId: string,
  { chunkId, triples }: ChunkExtraction,
): SaidSupport[] {
  return triples.flatMap((triple) => {
    const { subject, relation, object, negated, confidence, sentence, valid } = triple;
    const [subjectId, objectId] = [idOf(subject.name), idOf(object.name)];
    if (subjectId === undefined || objectId === undefined) return [];
    return [
      {
        documentId,
        chunkId,
        factId: factId(workspaceId, subjectId, relation.name, objectId, negated),
        subject: { id: subjectId, name: subject.name, type: subject.type },
        relation: normalizeRelation(relation.name),
        object: { id: objectId, name: object.name, type: object.type },
        negated,
        confidence,
        spans: [subject.span, relation.span, object.span, sentence].flatMap((span) => [
          span.start,
          span.end,
        ]),
        valid,
      },
    ];
  });
}

/** Rows that only one of two lists has; equal means equal in every field. */
export function difference<Old extends object, New extends object>(
  before: readonly Old[],
  after: readonly New[],
  fields: (row: Old | New) => string,
): { removed: Old[]; added: New[] } {
  if (before.length === 0) return { removed: [], added: [...after] };
  const left = new Map(before.map((row) => [fields(row), row]));
  const added = after.filter((row) => !left.delete(fields(row)));
  return { removed: [...left.values()], added };
}

export function mentionFields(row: SaidMention): string {
  const { documentId, chunkId, entityId: id, name, surface, type, start, end } = row;
  return JSON.stringify([documentId, chunkId, id, name, surface, type, start, end]);
}

export function supportFields(row: SaidSupport): string {
  const { documentId, chunkId, factId: id, subject, object, confidence, spans, valid } = row;
  const ends = [subject.name, subject.type, object.name, object.type];
  const time = valid && [valid.from, valid.to, valid.span.start, valid.span.end];
  return JSON.stringify([documentId, chunkId, id, ends, confidence, spans, time]);
}
