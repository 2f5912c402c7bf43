/**
 * What is new, and entities as the change left them. One statement finds or makes every entity once; chunks and facts
 * then mean entities by their position in a list, since both ends of each fact and mention would cost a look-up each.
 */
import { StorageError } from '../errors.ts';
import { looks } from './apply-entities.ts';
import type { EntityChange, FactChange } from './change.ts';
import { whole } from './connection.ts';
import type { Transaction } from './connection.ts';
import type { Keys } from './keys.ts';
import type { StoredChunk } from './read-said.ts';
import { placesText } from './records.ts';
import { tallyText } from './tally.ts';

/** Lists stand for columns; `$chunks` alone has rows. Numbers are positions in the lists that the parts collect. */
const WRITE = `
CALL () {
  UNWIND range(0, size($changed.keys) - 1) AS i
  MATCH (e:Entity {key: $changed.keys[i]})
  SET e.rank = $changed.ranks[i], e.tally = $changed.tallies[i], e.mentionCount = $changed.mentions[i],
    e.factCount = $changed.facts[i], e.documentCount = $changed.documents[i]
  WITH i, e ORDER BY i RETURN collect(e) AS changed
}
CALL () {
  UNWIND range(0, size($fresh.keys) - 1) AS i
  CREATE (e:Entity {key: $fresh.keys[i], rank: $fresh.ranks[i], tally: $fresh.tallies[i],
    mentionCount: $fresh.mentions[i], factCount: $fresh.facts[i], documentCount: $fresh.documents[i],
    name: $fresh.names[i], type: $fresh.types[i], aliases: $fresh.aliases[i], folded: $fresh.folded[i]})
  WITH i, e ORDER BY i RETURN collect(e) AS fresh
}
CALL () {
  UNWIND range(0, size($kept) - 1) AS i
  MATCH (e:Entity {key: $kept[i]})
  WITH i, e ORDER BY i RETURN collect(e) AS kept
}
CALL () {
  UNWIND range(0, size($chunks) - 1) AS i
  WITH i, $chunks[i] AS row
  MATCH (d:Document {key: row[0]})
  CREATE (d)-[:HAS]->(c:Chunk {key: row[1], idKey: row[2], id: row[3], documentId: row[4],
    start: row[5], said: row[6]})
  WITH i, c ORDER BY i RETURN collect(c) AS chunks
}
WITH changed + fresh + kept AS entities, chunks
CALL (entities, chunks) {
  UNWIND range(0, size($mentioned) - 1) AS i
  UNWIND $mentioned[i] AS position
  WITH chunks[i] AS c, entities[position] AS e
  CREATE (c)-[:MENTIONS]->(e)
}
CALL (entities) {
  UNWIND range(0, size($facts.keys) - 1) AS i
  WITH i, entities[$facts.subjects[i]] AS s, entities[$facts.objects[i]] AS o
  CREATE (s)-[:FACT {key: $facts.keys[i], rank: $facts.ranks[i], confidence: $facts.confidences[i],
    places: $facts.places[i], relation: $facts.relations[i], negated: $facts.negated[i]}]->(o)
}
RETURN size(entities) AS entities, size(chunks) AS chunks`;

/** A chunk to be written, with the entities that it mentions. */
export interface FreshChunk extends StoredChunk {
  readonly mentioned: readonly string[];
  /** Where its first mention starts; chunks of a document follow each other by it. */
  readonly start: number;
}

/** Bounds of one message. */
const MOST_CHUNKS = 5_000;
const MOST_FACTS = 50_000;

export async function writeNew(
  tx: Transaction,
  keys: Keys,
  added: readonly FreshChunk[],
  facts: readonly FactChange[],
  entities: readonly EntityChange[],
): Promise<void> {
  const come = facts.filter((fact) => fact.placesBefore === 0 && fact.places.length > 0);
  const parts = Math.max(
    1,
    Math.ceil(added.length / MOST_CHUNKS),
    Math.ceil(come.length / MOST_FACTS),
  );
  for (let part = 0; part < parts; part++) {
    await writePart(tx, keys, {
      // Later parts find them by their keys.
      entities: part === 0 ? entities.filter(({ after }) => after) : [],
      chunks: added.slice(part * MOST_CHUNKS, (part + 1) * MOST_CHUNKS),
      facts: come.slice(part * MOST_FACTS, (part + 1) * MOST_FACTS),
    });
  }
}

interface Part {
  readonly entities: readonly EntityChange[];
  readonly chunks: readonly FreshChunk[];
  readonly facts: readonly FactChange[];
}

async function writePart(tx: Transaction, keys: Keys, part: Part): Promise<void> {
  const { entities, chunks, facts } = part;
  if (entities.length + chunks.length + facts.length === 0) return;
  const changed = entities.filter(({ before }) => before);
  const fresh = entities.filter(({ before }) => !before);
  const positions = new Positions([...changed, ...fresh].map(({ id }) => id));
  const [written] = await tx.rows<{ entities: number; chunks: number }>(WRITE, {
    changed: counts(changed, keys),
    fresh: { ...counts(fresh, keys), ...allLooks(fresh) },
    chunks: chunks.map((chunk) => chunkRow(chunk, keys)),
    mentioned: chunks.map(({ mentioned }) => mentioned.map(positions.of)),
    facts: factColumns(facts, keys, positions.of),
    // Last: the lines above add to it.
    kept: positions.others.map(keys.of),
  });
  if (written?.entities === positions.size && written.chunks === chunks.length) return;
  throw new StorageError(
    'The graph in Neo4j lacks entities or documents that it held before.',
    'Do not change its data by hand; remove all of it, and it is written again from the documents.',
  );
}

/** Of entities in the list that the statement makes: those that change, and behind them others as they are met. */
class Positions {
  readonly others: string[] = [];
  readonly #positions: Map<string, number>;

  constructor(ids: readonly string[]) {
    this.#positions = new Map(ids.map((id, i) => [id, i]));
  }

  get size(): number {
    return this.#positions.size;
  }

  readonly of = (id: string) => {
    let position = this.#positions.get(id);
    if (position === undefined) {
      position = this.#positions.size;
      this.#positions.set(id, position);
      this.others.push(id);
    }
    return whole(position);
  };
}

function counts(entities: readonly EntityChange[], keys: Keys) {
  return {
    keys: entities.map(({ id }) => keys.of(id)),
    ranks: entities.map(({ id, after }) => keys.entityRank(id, after!.mentionCount)),
    tallies: entities.map(({ tally }) => tallyText(tally)),
    mentions: entities.map(({ after }) => whole(after!.mentionCount)),
    facts: entities.map(({ factCount }) => whole(factCount)),
    documents: entities.map(({ documentCount }) => whole(documentCount)),
  };
}

function allLooks(entities: readonly EntityChange[]) {
  const all = entities.map(({ after }) => looks(after!));
  return {
    names: all.map(({ name }) => name),
    types: all.map(({ type }) => type),
    aliases: all.map(({ aliases }) => aliases),
    folded: all.map(({ folded }) => folded),
  };
}

function chunkRow({ key, documentId, chunkId, start, packed }: FreshChunk, keys: Keys) {
  const document = keys.document(documentId);
  return [document, key, keys.chunkId(chunkId), chunkId, documentId, whole(start), packed];
}

function factColumns(facts: readonly FactChange[], keys: Keys, positionOf: Positions['of']) {
  return {
    keys: facts.map(({ id }) => keys.of(id)),
    ranks: facts.map(({ id, confidence }) => keys.factRank(id, confidence)),
    confidences: facts.map(({ confidence }) => confidence),
    places: facts.map(({ places }) => placesText(places)),
    subjects: facts.map(({ subjectId }) => positionOf(subjectId)),
    objects: facts.map(({ objectId }) => positionOf(objectId)),
    relations: facts.map(({ relation }) => relation),
    // What is not there takes no room.
    negated: facts.map(({ negated }) => (negated ? true : null)),
  };
}
