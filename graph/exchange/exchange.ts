/** Whole graphs as files: written page by page from a store, and read from the text of a file. */
import type { Entity, Fact, GraphStore, Page } from '../types.ts';
import { cypherWriter } from './cypher.ts';
import { graphMlWriter, readGraphMl } from './graphml.ts';
import { jsonLinesWriter, readJsonLines } from './jsonl.ts';
import { nTriplesWriter, readNTriples } from './ntriples.ts';
import type { ExchangedGraph, GraphWriter } from './types.ts';

export const GRAPH_FORMATS = ['jsonl', 'graphml', 'cypher', 'ntriples'] as const;
export type GraphFormat = (typeof GRAPH_FORMATS)[number];
export type ReadableGraphFormat = Exclude<GraphFormat, 'cypher'>;

const WRITERS: Readonly<Record<GraphFormat, GraphWriter>> = {
  jsonl: jsonLinesWriter,
  graphml: graphMlWriter,
  cypher: cypherWriter,
  ntriples: nTriplesWriter,
};

const READERS: Readonly<Record<ReadableGraphFormat, (text: string) => ExchangedGraph>> = {
  jsonl: readJsonLines,
  graphml: readGraphMl,
  ntriples: readNTriples,
};

/** Media types of documents that are graphs. */
export const GRAPH_MEDIA_TYPES: Readonly<Record<GraphFormat, string>> = {
  jsonl: 'application/vnd.graphblend.graph+jsonl',
  graphml: 'application/graphml+xml',
  cypher: 'application/x-cypher-query',
  ntriples: 'application/n-triples',
};

/** The format of a document that is to be read as a graph; undefined for every other. */
export function graphFormatOf(mediaType: string): ReadableGraphFormat | undefined {
  const formats = Object.keys(READERS) as ReadableGraphFormat[];
  return formats.find((format) => GRAPH_MEDIA_TYPES[format] === mediaType);
}

/** Throws GraphFileError. */
export function readGraphFile(format: ReadableGraphFormat, text: string): ExchangedGraph {
  return READERS[format](text.startsWith('\uFEFF') ? text.slice(1) : text);
}

const PAGE = 200;

/**
 * The file piece by piece; it never lies in memory as a whole. What is written meanwhile may or may not be in
 * it. Throws NotFoundError if the item at the border of two pages was removed in between.
 */
export async function* exportGraph(
  graph: GraphStore,
  workspaceId: string,
  format: GraphFormat,
): AsyncGenerator<string> {
  const writer = WRITERS[format];
  yield writer.head;
  for await (const page of pages<Entity>((request) => graph.entities(workspaceId, {}, request)))
    yield writer.entities(page);
  for await (const page of pages<Fact>((request) => graph.facts(workspaceId, {}, request)))
    yield writer.facts(page);
  yield writer.tail;
}

async function* pages<Item extends { readonly id: string }>(
  read: (request: { limit: number; after?: string }) => Promise<Page<Item>>,
): AsyncGenerator<readonly Item[]> {
  for (let after: string | undefined; ;) {
    const { data, hasMore } = await read({ limit: PAGE, after });
    if (data.length > 0) yield data;
    if (!hasMore) return;
    after = data.at(-1)!.id;
  }
}
