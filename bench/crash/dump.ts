/**
 * The canonical dump of a home without a running server: what every store holds, in names instead of random
 * ids. Two histories that end in the same state give the same lines.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { openStores, type Stores } from '../../graph/index.ts';

/** Sorted lines; `embedder` is the fingerprint whose vectors count. */
export async function canonicalDump(
  home: string,
  workspaceId: string,
  embedder: string,
): Promise<string[]> {
  const stores = openStores({ home, embedder });
  try {
    const lines = [
      ...stores.corpus.dump(workspaceId),
      ...(await stores.graph.dump(workspaceId)),
      ...extractions(stores, workspaceId),
      ...(await searchable(stores, workspaceId)),
      ...files(home),
    ];
    const nameOf = names(stores, workspaceId);
    return lines
      .filter((line) => !line.startsWith('extraction '))
      .map((line) => line.replaceAll(/\b(doc|chk)_[0-9a-z]+/g, (id) => nameOf.get(id) ?? id))
      .toSorted();
  } finally {
    await stores.close();
  }
}

/** In place of the corpus's own lines, which hash them together with the chunk's id. */
function extractions({ corpus }: Stores, workspaceId: string): string[] {
  const documents = corpus.documents(workspaceId, {}, { limit: 200 }).data;
  return documents
    .flatMap(({ id }) => corpus.extractionsOfDocument(id))
    .flatMap(({ chunkId, mentions, triples }) =>
      [...mentions, ...triples].map((each) => `extracted ${chunkId} ${JSON.stringify(each)}`),
    );
}

/** What the indices return when they are searched for everything. */
async function searchable(stores: Stores, workspaceId: string): Promise<string[]> {
  const { corpus, vectors, lexical } = stores;
  const ids = await vectors.ids(workspaceId);
  const stored = corpus.chunkVectors(workspaceId, ids);
  const any = stored.values().next().value;
  const limit = ids.length + 100;
  const dense = any ? await vectors.search(workspaceId, any, { limit }) : [];
  const words = await lexical.search(workspaceId, 'the of and in a was', { limit: 10_000 });
  return [
    ...ids.map((id) => `vector index lists ${id}`),
    ...dense.map(({ chunkId }) => `vector search returns ${chunkId}`),
    ...words.map(({ chunkId }) => `lexical search returns ${chunkId}`),
    `lexical index counts ${await lexical.count(workspaceId)}`,
    ...corpus.check().map((finding) => `database check: ${finding}`),
    ...corpus.kvKeys(workspaceId).map((key) => `kv key ${key}`),
    ...corpus.blobHashes().map((hash) => `blob ${hash}`),
  ];
}

/** Every file under the home but databases, the converted models and what names the running server. */
function files(home: string): string[] {
  return ['blobs', 'kv', 'incoming', 'index'].flatMap((folder) => {
    if (!existsSync(join(home, folder))) return [];
    return readdirSync(join(home, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => `file ${path.slice(home.length + 1)} of ${statSync(path).size} bytes`);
  });
}

/** Bytes of the KV files, by path: not part of the dump, because batching may move the last bits. */
export function kvContents(home: string): Map<string, string> {
  const folder = join(home, 'kv');
  const found = readdirSync(folder, { recursive: true, withFileTypes: true });
  return new Map(
    found
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [
        path.slice(folder.length + 1),
        createHash('sha256').update(readFileSync(path)).digest('hex'),
      ]),
  );
}

/** Documents by their key, chunks by document and place. */
function names({ corpus }: Stores, workspaceId: string): Map<string, string> {
  const found = new Map<string, string>();
  const documents = corpus.documents(workspaceId, {}, { limit: 200 }).data;
  for (const { id, externalKey } of documents) {
    found.set(id, `<${externalKey}>`);
    corpus
      .chunkIds(workspaceId, id)
      .forEach((chunkId, i) => found.set(chunkId, `<${externalKey}#${i}>`));
  }
  return found;
}
