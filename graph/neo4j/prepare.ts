/** What documents are to say, made ready for a transaction before it begins: no server waits for it. */
import { setImmediate as turn } from 'node:timers/promises';
import type { SaidByDocument } from '../types.ts';
import type { Target } from './apply-entities.ts';
import { packChunk } from './packed-chunk.ts';
import type { Place } from './packed-chunk.ts';
import { entityIds, saidIn } from './said.ts';
import type { IdOf, Said } from './said.ts';

export interface PreparedChunk extends Place {
  readonly key: string;
  readonly said: Said;
  readonly packed: string;
}

export interface Prepared {
  readonly documentIds: readonly string[];
  readonly said: Said;
  /** By key. */
  readonly chunks: ReadonlyMap<string, PreparedChunk>;
}

export function prepare(target: Target, documents: readonly SaidByDocument[]): Prepared {
  const preparation = new Preparation(target);
  for (const document of documents) preparation.add(document);
  return preparation;
}

/** Batches of about `rows` mentions and triples. Lets others run after every document. */
export async function* preparedBatches(
  target: Target,
  documents: Iterable<SaidByDocument>,
  rows: number,
): AsyncGenerator<Prepared> {
  let batch = new Preparation(target);
  for (const document of documents) {
    batch.add(document);
    await turn();
    if (batch.rows < rows) continue;
    yield batch;
    batch = new Preparation(target);
  }
  if (batch.documentIds.length > 0) yield batch;
}

class Preparation implements Prepared {
  readonly documentIds: string[] = [];
  readonly said: Said = { mentions: [], supports: [] };
  readonly chunks = new Map<string, PreparedChunk>();
  readonly #target: Target;
  readonly #idOf: IdOf;

  constructor(target: Target) {
    this.#target = target;
    this.#idOf = entityIds(target.workspaceId);
  }

  get rows(): number {
    return this.said.mentions.length + this.said.supports.length;
  }

  add(document: SaidByDocument): void {
    const { documentId } = document;
    const { mentions, supports } = saidIn(this.#target.workspaceId, document, this.#idOf);
    for (const row of mentions) this.said.mentions.push(row);
    for (const row of supports) this.said.supports.push(row);
    this.documentIds.push(documentId);
    for (const [chunkId, said] of byChunk({ mentions, supports })) {
      const key = this.#target.keys.chunk(documentId, chunkId);
      this.chunks.set(key, { key, documentId, chunkId, said, packed: packChunk(said) });
    }
  }
}

function byChunk({ mentions, supports }: Said): Map<string, Said> {
  const chunks = new Map<string, Said>();
  const at = (chunkId: string): Said => {
    let said = chunks.get(chunkId);
    if (!said) chunks.set(chunkId, (said = { mentions: [], supports: [] }));
    return said;
  };
  for (const row of mentions) at(row.chunkId).mentions.push(row);
  for (const row of supports) at(row.chunkId).supports.push(row);
  return chunks;
}
