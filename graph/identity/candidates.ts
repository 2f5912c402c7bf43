/**
 * Pairs of entities whose names might mean the same. Entities meet in blocks: by words, by family name and
 * initial, by acronym, by a name with one letter left out (symmetric deletion, as in SymSpell). A block that
 * many share tells nothing and is passed over, so the work grows with the entities, not with their pairs.
 */
import type { EntityType } from '../types.ts';
import { noPause } from './pause.ts';
import type { Pause } from './pause.ts';
import { acronymsOf, partsOf, type NameParts } from './name-parts.ts';

export interface NamedEntity {
  readonly id: string;
  readonly name: string;
  readonly type: EntityType;
}

export interface CandidatePair {
  readonly a: NamedEntity;
  readonly b: NamedEntity;
}

/** Members of a block whose pairs are looked at. */
const LARGEST_BLOCK = 24;

/** Each pair once, in the order of `entities`. Dates and quantities are never candidates. */
export async function candidatePairs(
  entities: readonly NamedEntity[],
  pause: Pause = noPause,
): Promise<CandidatePair[]> {
  const blocks = new Map<string, number[]>();
  for (const [at, { name, type }] of entities.entries()) {
    await pause();
    if (type === 'date' || type === 'quantity') continue;
    for (const key of new Set(blockKeys(partsOf(name)))) {
      const block = blocks.get(key);
      if (!block) blocks.set(key, [at]);
      // One more than is looked at marks the block as too large.
      else if (block.length <= LARGEST_BLOCK) block.push(at);
    }
  }
  const pairs = new Set<number>();
  for (const block of blocks.values()) {
    await pause();
    if (block.length > LARGEST_BLOCK) continue;
    for (const [i, a] of block.entries()) {
      for (const b of block.slice(i + 1)) pairs.add(a * entities.length + b);
    }
  }
  // As numbers: a list sorts ten times slower.
  return Array.from(Float64Array.from(pairs).sort(), (pair) => ({
    a: entities[Math.floor(pair / entities.length)]!,
    b: entities[pair % entities.length]!,
  }));
}

const SHORTEST_FOR_DELETIONS = 6;
const LONGEST_FOR_DELETIONS = 40;

function* blockKeys(parts: NameParts): Iterable<string> {
  const { key, tokens, core } = parts;
  yield `words ${[...core].sort().join(' ')}`;
  for (const token of core) if (token.length > 2) yield `word ${token}`;
  const family = core.at(-1)!;
  if (core.length > 1) yield `initial ${Array.from(core[0]!)[0]} ${family}`;
  if (parts.isCapitals && tokens.length === 1) yield `acronym ${key.replaceAll('&', '')}`;
  if (tokens.length > 1) for (const letters of acronymsOf(parts)) yield `acronym ${letters}`;
  if (key.length < SHORTEST_FOR_DELETIONS || key.length > LONGEST_FOR_DELETIONS) return;
  yield `less ${key}`;
  for (let at = 0; at < key.length; at++) yield `less ${key.slice(0, at)}${key.slice(at + 1)}`;
}
