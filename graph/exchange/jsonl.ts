/** JSON Lines: one object per entity and per fact. The only format that keeps where the texts say a fact. */
import type { Entity, Fact } from '../types.ts';
import { GraphFileError } from './errors.ts';
import { confidenceOf, typeOf } from './types.ts';
import type { ExchangedEntity, ExchangedFact, ExchangedGraph, GraphWriter } from './types.ts';

const lines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

export const jsonLinesWriter: GraphWriter = {
  head: '',
  entities: (page) => lines(page.map(entityRow)),
  facts: (page) => lines(page.map(factRow)),
  tail: '',
};

function entityRow({ id, name, type, aliases }: Entity): object {
  return { kind: 'entity', id, name, type, aliases };
}

function factRow({ id, subject, relation, object, confidence, negated, support }: Fact): object {
  return {
    kind: 'fact',
    id,
    subject,
    relation,
    object,
    confidence,
    negated,
    support: support.map((place) => ({
      document_id: place.documentId,
      chunk_id: place.chunkId,
      sentence: place.sentence,
      ...(place.valid && { valid: place.valid }),
    })),
  };
}

/** Throws GraphFileError with the line that cannot be read. */
export function readJsonLines(text: string): ExchangedGraph {
  const entities: ExchangedEntity[] = [];
  const facts: ExchangedFact[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const row = objectIn(line, i + 1);
    if (row.kind === 'entity' || (row.kind === undefined && 'name' in row))
      entities.push(entityIn(row, i + 1));
    else facts.push(factIn(row, i + 1));
  }
  return { entities, facts };
}

type Row = Readonly<Record<string, unknown>>;

function objectIn(line: string, number: number): Row {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  } catch (error) {
    throw new GraphFileError(`not JSON: ${(error as Error).message}`, number);
  }
  throw new GraphFileError('expected an object with "subject", "relation" and "object"', number);
}

function entityIn(row: Row, number: number): ExchangedEntity {
  const aliases = Array.isArray(row.aliases) ? row.aliases : [];
  return {
    name: nonEmpty(row.name, 'name', number),
    type: typeOf(row.type),
    aliases: aliases.filter((alias): alias is string => typeof alias === 'string' && alias !== ''),
  };
}

function factIn(row: Row, number: number): ExchangedFact {
  const valid = validIn(row);
  return {
    subject: endIn(row.subject, 'subject', number),
    relation: nonEmpty(row.relation, 'relation', number),
    object: endIn(row.object, 'object', number),
    confidence: confidenceOf(row.confidence, number),
    negated: row.negated === true,
    ...(valid && { valid }),
  };
}

function endIn(value: unknown, field: string, number: number): ExchangedFact['subject'] {
  if (typeof value === 'string') return { name: nonEmpty(value, field, number), type: 'thing' };
  const { name, type } = (value ?? {}) as Row;
  return { name: nonEmpty(name, `${field}.name`, number), type: typeOf(type) };
}

/** Of the fact, or of the first support that gives one. */
function validIn({ valid, support }: Row): ExchangedFact['valid'] {
  const places: unknown[] = Array.isArray(support) ? support : [];
  const given = valid ?? places.map((place) => (place as Row | null)?.valid).find(Boolean);
  if (typeof given !== 'object' || given === null) return undefined;
  const { from, to } = given as Row;
  const time = {
    ...(typeof from === 'string' && { from }),
    ...(typeof to === 'string' && { to }),
  };
  return Object.keys(time).length > 0 ? time : undefined;
}

function nonEmpty(value: unknown, field: string, number: number): string {
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new GraphFileError(`expected a text in "${field}", got ${JSON.stringify(value)}`, number);
}
