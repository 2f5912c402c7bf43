/**
 * Names of entities and the ids made from them. An id depends on its fields alone, so that two writers,
 * or the same document ingested twice, always mean the same entity and the same fact.
 */
import { createHash } from 'node:crypto';
import { foldText } from './fold.ts';

/** Signs that carry meaning at the border of a name: C++, C#, 50%, $5, R&D. */
const MEANINGFUL_SIGNS = new Set(['#', '%', '&', '@', '*', '§', '†']);
const PUNCTUATION_OR_SPACE = /[\p{P}\s]/u;

/**
 * The form under which names are compared: folded (see `foldText`), without possessive 's, leading
 * "the", surrounding punctuation or doubled white space. Idempotent. A name of punctuation alone keeps it.
 */
export function normalizeName(name: string): string {
  const folded = foldText(name).replace(/\s+/gu, ' ').trim();
  const normalized = trimToFixedPoint(folded);
  return normalized === '' ? folded : normalized;
}

function trimToFixedPoint(name: string): string {
  const trimmed = trimPunctuation(name)
    .replace(/^(?:the )+(?=.)/u, '')
    .replace(/(?:'s)+$/u, '');
  return trimmed === name ? name : trimToFixedPoint(trimmed);
}

function trimPunctuation(name: string): string {
  const characters = Array.from(name);
  let start = 0;
  let end = characters.length;
  while (start < end && isBorder(characters[start]!)) start++;
  while (end > start && isBorder(characters[end - 1]!)) end--;
  return start === 0 && end === characters.length ? name : characters.slice(start, end).join('');
}

function isBorder(character: string): boolean {
  return !MEANINGFUL_SIGNS.has(character) && PUNCTUATION_OR_SPACE.test(character);
}

/** The form under which relations are stored and compared. */
export function normalizeRelation(relation: string): string {
  return relation.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** `ent_` + 20 characters; `name` may be given in any form. */
export function entityId(workspaceId: string, name: string): string {
  return `ent_${digest(['entity', workspaceId, normalizeName(name)])}`;
}

/** `fct_` + 20 characters. */
export function factId(
  workspaceId: string,
  subjectId: string,
  relation: string,
  objectId: string,
  negated: boolean,
): string {
  const polarity = negated ? 'not' : 'is';
  return `fct_${digest(['fact', workspaceId, subjectId, normalizeRelation(relation), objectId, polarity])}`;
}

const BASE32 = '0123456789abcdefghijklmnopqrstuv';

/** 100 bits of sha256 over length-prefixed fields: no two lists of fields run together. */
function digest(fields: readonly string[]): string {
  const hash = createHash('sha256');
  for (const field of fields) {
    const bytes = Buffer.from(field, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    hash.update(length).update(bytes);
  }
  return base32(hash.digest(), 20);
}

function base32(bytes: Uint8Array, characters: number): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (const byte of bytes) {
    held = (held << 8) | byte;
    bits += 8;
    while (bits >= 5 && text.length < characters) {
      bits -= 5;
      text += BASE32[(held >> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return text;
}
