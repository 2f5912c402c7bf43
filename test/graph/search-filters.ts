/** Random documents and filters, and the plain statement of which document a filter lets through. */
import type { SearchFilter } from '../../graph/index.ts';
import type { DocumentAttributes } from './index-writer.ts';

export interface FilteredDocument extends Required<DocumentAttributes> {
  readonly documentId: string;
  readonly chunkIds: readonly string[];
  readonly enabled: boolean;
}

const MEDIA_TYPES = ['text/plain', 'text/html', 'application/pdf', 'text/markdown'];
const TAGS = ['red', 'green', 'blue sky', "o'clock"];
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.parse('2024-01-01T00:00:00.000Z');
const DAYS = 20;

type Random = () => number;

export function randomAttributes(random: Random): Required<DocumentAttributes> {
  return {
    mediaType: pick(MEDIA_TYPES, random),
    tags: TAGS.filter(() => random() < 0.3),
    createdAt: day(Math.floor(random() * DAYS)),
  };
}

/** Any combination of conditions, empty lists and unknown values among them. */
export function randomFilter(documents: readonly FilteredDocument[], random: Random): SearchFilter {
  const some = <T>(items: readonly T[]): T[] => items.filter(() => random() < 0.4);
  const from = Math.floor(random() * DAYS);
  return {
    ...(random() < 0.3 && {
      documentIds: [...some(documents.map((d) => d.documentId)), 'doc_none'],
    }),
    ...(random() < 0.4 && { mediaTypes: some([...MEDIA_TYPES, 'text/*', 'image/png']) }),
    ...(random() < 0.4 && { tags: some([...TAGS, 'no such tag']) }),
    ...(random() < 0.3 && { createdFrom: day(from) }),
    ...(random() < 0.3 && { createdBefore: day(from + Math.floor(random() * DAYS)) }),
  };
}

export function passes(document: FilteredDocument, filter: SearchFilter): boolean {
  const { documentIds, mediaTypes, tags, createdFrom, createdBefore } = filter;
  return (
    document.enabled &&
    (!documentIds || documentIds.includes(document.documentId)) &&
    (!mediaTypes ||
      mediaTypes.some((type) => type === document.mediaType || type === family(document))) &&
    (!tags || tags.some((tag) => document.tags.includes(tag))) &&
    (createdFrom === undefined || document.createdAt >= createdFrom) &&
    (createdBefore === undefined || document.createdAt < createdBefore)
  );
}

function family({ mediaType }: FilteredDocument): string {
  return `${mediaType.split('/')[0]}/*`;
}

function day(number: number): string {
  return new Date(FIRST_DAY + number * DAY_MS).toISOString();
}

function pick<T>(items: readonly T[], random: Random): T {
  return items[Math.floor(random() * items.length)]!;
}
