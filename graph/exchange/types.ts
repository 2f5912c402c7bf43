/** What a graph is when it travels: entities and facts by name, without places in texts. */
import type { Entity, EntityType, Fact } from '../types.ts';
import { GraphFileError } from './errors.ts';

export interface ExchangedEntity {
  readonly name: string;
  readonly type: EntityType;
  readonly aliases: readonly string[];
}

interface ExchangedEnd {
  readonly name: string;
  readonly type: EntityType;
}

export interface ExchangedFact {
  readonly subject: ExchangedEnd;
  readonly relation: string;
  readonly object: ExchangedEnd;
  /** 0..1 */
  readonly confidence: number;
  readonly negated: boolean;
  readonly valid?: { readonly from?: string; readonly to?: string };
}

export interface ExchangedGraph {
  readonly entities: readonly ExchangedEntity[];
  readonly facts: readonly ExchangedFact[];
}

/** Text of a file, piece by piece: head, entities, facts, tail. */
export interface GraphWriter {
  readonly head: string;
  entities(page: readonly Entity[]): string;
  facts(page: readonly Fact[]): string;
  readonly tail: string;
}

/** The first time that a support gives: formats other than JSON Lines have room for one. */
export function validOf({ support }: Fact): ExchangedFact['valid'] {
  const valid = support.find((each) => each.valid)?.valid;
  if (!valid) return undefined;
  return {
    ...(valid.from !== undefined && { from: valid.from }),
    ...(valid.to !== undefined && { to: valid.to }),
  };
}

const TYPES: ReadonlySet<string> = new Set<EntityType>([
  'person',
  'place',
  'organization',
  'work',
  'event',
  'date',
  'quantity',
  'thing',
]);

/** What is no type of ours is a thing. */
export function typeOf(text: unknown): EntityType {
  return typeof text === 'string' && TYPES.has(text) ? (text as EntityType) : 'thing';
}

/** 1 where nothing is said. Throws GraphFileError for what is no number from 0 to 1. */
export function confidenceOf(value: unknown, line?: number): number {
  if (value === undefined || value === null || value === '') return 1;
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number === 'number' && number >= 0 && number <= 1) return number;
  throw new GraphFileError(
    `expected a confidence from 0 to 1, but it is ${JSON.stringify(value)}`,
    line,
  );
}
