/**
 * What a chunk says, as the one text that its node holds: a node or relationship each for mentions and supports would
 * cost Neo4j three times as much to write. Equal contents in equal order give equal texts.
 */
import type { EntityType, ValidTime } from '../types.ts';
import type { Said, SaidEnd, SaidMention, SaidSupport } from './said.ts';

interface Packed {
  /** Entities as they are named here. */
  readonly e: readonly [id: string, name: string, type: EntityType][];
  /** Mentions: index into `e`, words (0: the name itself), start, end. */
  readonly m: readonly [entity: number, surface: string | 0, start: number, end: number][];
  readonly s: readonly PackedSupport[];
}

type PackedSupport = readonly [
  factId: string,
  subject: number,
  relation: string,
  object: number,
  negated: 0 | 1,
  confidence: number,
  spans: readonly number[],
  valid?: ValidTime,
];

export function packChunk({ mentions, supports }: Said): string {
  const named = new Map<string, number>();
  const e: [string, string, EntityType][] = [];
  const indexOf = (id: string, name: string, type: EntityType): number => {
    const key = `${id}\n${type}\n${name}`;
    const known = named.get(key);
    if (known !== undefined) return known;
    named.set(key, e.length);
    return e.push([id, name, type]) - 1;
  };
  const m = mentions.map(
    ({ entityId, name, surface, type, start, end }) =>
      [indexOf(entityId, name, type), surface === name ? 0 : surface, start, end] as const,
  );
  const s = supports.map(({ factId, subject, relation, object, negated, ...row }) => [
    factId,
    indexOf(subject.id, subject.name, subject.type),
    relation,
    indexOf(object.id, object.name, object.type),
    negated ? 1 : 0,
    row.confidence,
    row.spans,
    ...(row.valid ? [row.valid] : []),
  ]);
  return JSON.stringify({ e, m, s });
}

export interface Place {
  readonly documentId: string;
  readonly chunkId: string;
}

export function unpackChunk({ documentId, chunkId }: Place, packed: string): Said {
  const { e, m, s } = JSON.parse(packed) as Packed;
  const endAt = (index: number): SaidEnd => {
    const [id, name, type] = e[index]!;
    return { id, name, type };
  };
  return {
    mentions: m.map(([index, surface, start, end]): SaidMention => {
      const [entityId, name, type] = e[index]!;
      return {
        documentId,
        chunkId,
        entityId,
        name,
        surface: surface === 0 ? name : surface,
        type,
        start,
        end,
      };
    }),
    supports: s.map(
      ([factId, subject, relation, object, negated, confidence, spans, valid]): SaidSupport => ({
        documentId,
        chunkId,
        factId,
        subject: endAt(subject),
        relation,
        object: endAt(object),
        negated: negated === 1,
        confidence,
        spans,
        valid,
      }),
    ),
  };
}
