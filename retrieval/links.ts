/**
 * Links out of chunks: over every entity a chunk speaks of, to the documents named after it and to the other chunks
 * that mention it. Titles of documents are looked for in the text itself too, so that a name in lower case leads on.
 */
import {
  titleName,
  type Chunk,
  type EntityType,
  type GraphStore,
  type Mention,
  type MentioningChunk,
  type Span,
} from '../graph/index.ts';
import type { RetrievalSettings } from './settings.ts';
import type { Candidate, RetrievalParts } from './types.ts';
import { contentRuns } from './words.ts';

export interface ChunkLink {
  readonly start: Candidate;
  readonly entityId: string;
  readonly entityName: string;
  /** Undefined if no extraction has found the name: it is known from a title alone. */
  readonly type: EntityType | undefined;
  /** Where the entity stands in the start chunk. */
  readonly span: Span;
  readonly targetId: string;
  readonly kind: 'title' | 'opening' | 'mention';
  /** How many targets the same name has, for 'title' and 'opening'. */
  readonly sharing: number;
  /** In how many chunks the entity is mentioned, if it leads to them. */
  readonly chunkFrequency: number;
}

/** Something a chunk speaks of. */
interface Topic {
  readonly entityId: string;
  readonly entityName: string;
  readonly type: EntityType | undefined;
  readonly span: Span;
}

/** Longest title looked for in a text, in words. */
const LONGEST_TITLE = 6;
const SHORTEST_TITLE = 3;
/** A text that begins with a name, give or take an article, is about it. */
const OPENING_CHARACTERS = 6;

export async function linksFrom(
  parts: RetrievalParts,
  workspaceId: string,
  starts: readonly Candidate[],
  settings: RetrievalSettings,
): Promise<ChunkLink[]> {
  const ids = starts.map(({ chunk }) => chunk.id);
  const written0 = await parts.graph.mentionsOfChunks(workspaceId, ids);
  const mentions = settings.shortNames
    ? [...written0, ...(await shortNames(parts, workspaceId, written0))]
    : written0;
  const mentioned = starts.map((start) => mentionTopics(start.chunk, mentions));
  const entityIds = [...new Set(mentioned.flat().map((topic) => topic.entityId))];
  const elsewhere = await mentioningChunks(
    parts.graph,
    workspaceId,
    entityIds,
    settings.commonEntity,
  );
  const written = starts.map((start) => (settings.titleWords ? wordTopics(start.chunk) : []));
  const titled = settings.titleLinks
    ? titleTargets(parts, workspaceId, [
        ...mentioned.flat().map(({ entityName }) => titleName(entityName)),
        // Runs of folded words are as titles are compared.
        ...written.flat().map(({ entityName }) => entityName),
      ])
    : new Map<string, readonly string[]>();
  return starts.flatMap((start, i) =>
    [...mentioned[i]!, ...furtherTitles(written[i]!, mentioned[i]!, titled)].flatMap((topic) => {
      const byTitle = titled.get(titleName(topic.entityName)) ?? [];
      const others = elsewhere.get(topic.entityId) ?? [];
      const common = { ...topic, start, chunkFrequency: Math.max(1, others.length) };
      return [...titleLinks(common, byTitle), ...mentionLinks(common, others, byTitle)];
    }),
  );
}

type LinkStart = Omit<ChunkLink, 'targetId' | 'kind' | 'sharing'>;

function titleLinks(from: LinkStart, targetIds: readonly string[]): ChunkLink[] {
  return targetIds
    .filter((id) => id !== from.start.chunk.id)
    .map((targetId) => linkTo(from, targetId, 'title', targetIds.length));
}

function mentionLinks(
  from: LinkStart,
  chunks: readonly MentioningChunk[],
  byTitle: readonly string[],
): ChunkLink[] {
  const known = new Set([from.start.chunk.id, ...byTitle]);
  const opens = ({ start }: MentioningChunk): boolean => start <= OPENING_CHARACTERS;
  const sharing = chunks.filter(opens).length;
  return chunks
    .filter(({ chunkId }) => !known.has(chunkId))
    .map((chunk) => linkTo(from, chunk.chunkId, opens(chunk) ? 'opening' : 'mention', sharing));
}

/** Written out: links are made by the hundred, and spreading an object takes several times as long. */
function linkTo(
  from: LinkStart,
  targetId: string,
  kind: ChunkLink['kind'],
  sharing: number,
): ChunkLink {
  const { start, entityId, entityName, type, span, chunkFrequency } = from;
  return { start, entityId, entityName, type, span, targetId, kind, sharing, chunkFrequency };
}

/** Entities in more chunks than `most` are left out. */
async function mentioningChunks(
  graph: GraphStore,
  workspaceId: string,
  entityIds: readonly string[],
  most: number,
): Promise<Map<string, readonly MentioningChunk[]>> {
  if (graph.mentioningChunks) return graph.mentioningChunks(workspaceId, entityIds, most);
  const frequency = await graph.chunkFrequency(workspaceId, entityIds);
  const followed = entityIds.filter((id) => (frequency.get(id) ?? 0) <= most);
  const mentions = await graph.mentionsOfEntities(workspaceId, followed, most);
  const byEntity = groupBy(mentions, (mention) => mention.entityId);
  return new Map([...byEntity].map(([id, own]) => [id, firstByChunk(own)]));
}

function firstByChunk(mentions: readonly Mention[]): MentioningChunk[] {
  const first = new Map<string, number>();
  for (const { chunkId, span } of mentions) {
    first.set(chunkId, Math.min(span.start, first.get(chunkId) ?? Infinity));
  }
  return [...first].map(([chunkId, start]) => ({ chunkId, start }));
}

/** Entities of a chunk, each where it stands first. */
function mentionTopics(chunk: Chunk, mentions: readonly Mention[]): Topic[] {
  const topics = new Map<string, Topic>();
  for (const mention of mentions) {
    if (mention.chunkId !== chunk.id) continue;
    const known = topics.get(mention.entityId);
    if (!known || mention.span.start < known.span.start) topics.set(mention.entityId, mention);
  }
  return [...topics.values()];
}

/** Every run of words of a sentence, as a name that some document may bear. */
function wordTopics(chunk: Chunk): Topic[] {
  return chunk.sentences.flatMap((span) => {
    const text = chunk.text.slice(span.start - chunk.start, span.end - chunk.start);
    return contentRuns(text, LONGEST_TITLE)
      .filter((name) => name.length >= SHORTEST_TITLE)
      .map((name) => ({ entityId: name, entityName: name, type: undefined, span }));
  });
}

/** Of the runs of words those that are titles, the longest where one lies in another, and that no mention has. */
function furtherTitles(
  written: readonly Topic[],
  mentioned: readonly Topic[],
  titled: ReadonlyMap<string, readonly string[]>,
): Topic[] {
  const known = new Set(mentioned.map(({ entityName }) => titleName(entityName)));
  const titles = written.filter(({ entityName }) => titled.has(entityName));
  const isPart = ({ entityName, span }: Topic): boolean =>
    titles.some(
      (other) =>
        other.span === span &&
        other.entityName !== entityName &&
        ` ${other.entityName} `.includes(` ${entityName} `),
    );
  const first = new Map<string, Topic>();
  for (const topic of titles) {
    if (known.has(topic.entityName) || first.has(topic.entityName) || isPart(topic)) continue;
    first.set(topic.entityName, topic);
  }
  return [...first.values()];
}

export function groupBy<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Chunks of the documents that bear one of the names. */
function titleTargets(
  { corpus }: RetrievalParts,
  workspaceId: string,
  names: readonly string[],
): Map<string, string[]> {
  const targets = new Map<string, string[]>();
  const documents = corpus.documentsByTitle(workspaceId, names);
  const chunkIds = corpus.chunkIdsOf(
    workspaceId,
    documents.map(({ documentId }) => documentId),
  );
  for (const { documentId, normalizedTitle } of documents) {
    const ids = targets.get(normalizedTitle) ?? [];
    targets.set(normalizedTitle, [...ids, ...(chunkIds.get(documentId) ?? [])]);
  }
  return targets;
}

/** Other documents may name a person by the last name alone: mentions of that name, where the full one stands. */
async function shortNames(
  { graph }: RetrievalParts,
  workspaceId: string,
  mentions: readonly Mention[],
): Promise<Mention[]> {
  const lastName = ({ entityName, type }: Mention): string => {
    const words = entityName.split(/\s+/u);
    const last = words.at(-1)!;
    return type === 'person' && words.length > 1 && /^\p{Lu}\p{L}{3,}$/u.test(last) ? last : '';
  };
  const names = [...new Set(mentions.map(lastName).filter((name) => name !== ''))];
  if (names.length === 0) return [];
  const found = await graph.entitiesByName(workspaceId, names);
  return mentions.flatMap((mention) =>
    (found.get(lastName(mention)) ?? [])
      .filter((entity) => !entity.name.includes(' '))
      .map((entity) => ({ ...mention, entityId: entity.id, entityName: entity.name })),
  );
}
