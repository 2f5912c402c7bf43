/**
 * Names of entities and the ids made from them. An id depends on its fields alone, so that two writers,
 * or the same document ingested twice, always mean the same entity and the same fact.
 */
import { hash } from 'node:crypto';
import { identityKey } from './identity/identity-key.ts';
import { normalizeName } from './normalize-name.ts';

export { normalizeName } from './normalize-name.ts';

/** The name that a title gives, as names are compared: without a bracketed suffix, "Fram (ship)" names "Fram". */
export function titleName(title: string): string {
  return normalizeName(title.replace(/\s*\([^)]*\)\s*$/u, ''));
}

/** The form under which relations are stored and compared. */
export function normalizeRelation(relation: string): string {
  let normalized = knownRelations.get(relation);
  if (normalized === undefined) {
    normalized = relation.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
    if (knownRelations.size >= MOST_KNOWN_RELATIONS) knownRelations.clear();
    knownRelations.set(relation, normalized);
  }
  return normalized;
}

/** The same few relations come again and again. */
const knownRelations = new Map<string, string>();
const MOST_KNOWN_RELATIONS = 5_000;

/** `ent_` + 20 characters; `name` may be given in any spelling that `identityKey` takes for the same. */
export function entityId(workspaceId: string, name: string): string {
  return `ent_${digest(['entity', workspaceId, identityKey(name)])}`;
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

/** A fact as it is embedded and compared. */
export function factText(
  subject: string,
  relation: string,
  object: string,
  negated: boolean,
): string {
  const said = normalizeRelation(relation);
  return `${subject} ${negated ? `not ${said}` : said} ${object}`;
}

const BASE32 = '0123456789abcdefghijklmnopqrstuv';

/** Bytes of the fields that are hashed; grows with the longest. */
let scratch = Buffer.alloc(512);

/** 100 bits of sha256 over length-prefixed fields: no two lists of fields run together. */
function digest(fields: readonly string[]): string {
  const most = fields.reduce((sum, field) => sum + 4 + 3 * field.length, 0);
  if (most > scratch.length) scratch = Buffer.alloc(2 * most);
  let end = 0;
  for (const field of fields) {
    const length = scratch.write(field, end + 4, 'utf8');
    scratch.writeUInt32BE(length, end);
    end += 4 + length;
  }
  return base32(hash('sha256', scratch.subarray(0, end), 'buffer'), 20);
}

/** Two characters for each number of ten bits. */
const PAIRS = Array.from({ length: 1024 }, (_, i) => BASE32[i >> 5]! + BASE32[i & 31]!);

/** `characters` is even. */
function base32(bytes: Uint8Array, characters: number): string {
  let text = '';
  let bits = 0;
  let held = 0;
  for (let i = 0; text.length < characters; i++) {
    held = (held << 8) | bytes[i]!;
    bits += 8;
    if (bits < 10) continue;
    bits -= 10;
    text += PAIRS[held >> bits]!;
    held &= (1 << bits) - 1;
  }
  return text;
}
