/**
 * A graph file as a document: every entity and every fact of it becomes a line of text, so that what it says
 * has places, is found by words and vectors, and goes away with the document like any other.
 */
import { readFile } from 'node:fs/promises';
import {
  normalizeName,
  normalizeRelation,
  readGraphFile,
  type Block,
  type Chunk,
  type ChunkExtraction,
  type ExchangedEntity,
  type ExchangedFact,
  type ExtractedMention,
  type ExtractedTriple,
  type ParsedDocument,
  type ReadableGraphFormat,
  type Span,
} from '../graph/index.ts';

export interface GraphDocument {
  readonly parsed: ParsedDocument;
  /** What each chunk of `parsed` says; a chunk has the lines that begin in it. */
  extractionsOf(chunks: readonly Chunk[]): ChunkExtraction[];
}

interface Line extends Span {
  readonly text: string;
  readonly mentions: readonly ExtractedMention[];
  readonly triples: readonly ExtractedTriple[];
}

/** Throws GraphFileError if the file is not of its format. */
export async function readGraphDocument(
  path: string,
  format: ReadableGraphFormat,
  title: string,
): Promise<GraphDocument> {
  return graphDocument(await readFile(path, 'utf8'), format, title);
}

export function graphDocument(
  content: string,
  format: ReadableGraphFormat,
  title: string,
): GraphDocument {
  const { entities, facts } = readGraphFile(format, content);
  const lines: Line[] = [];
  const at = (): number => (lines.at(-1)?.end ?? -1) + 1;
  for (const entity of entities) if (isNamed(entity.name)) lines.push(entityLine(entity, at()));
  for (const fact of facts) if (isWhole(fact)) lines.push(factLine(fact, at()));
  const blocks = lines.map(({ start, end }): Block => ({ kind: 'table_row', start, end }));
  return {
    parsed: { title, text: lines.map((line) => line.text).join('\n'), blocks },
    extractionsOf: (chunks) => extractions(lines, chunks),
  };
}

const isNamed = (name: string): boolean => normalizeName(name) !== '';

function isWhole({ subject, relation, object }: ExchangedFact): boolean {
  return isNamed(subject.name) && isNamed(object.name) && normalizeRelation(relation) !== '';
}

/** Lines are in order and do not overlap, and so are chunks. */
function extractions(lines: readonly Line[], chunks: readonly Chunk[]): ChunkExtraction[] {
  let next = 0;
  return chunks.map(({ id, end }) => {
    const first = next;
    while (next < lines.length && lines[next]!.start < end) next++;
    const own = lines.slice(first, next);
    return {
      chunkId: id,
      mentions: own.flatMap((line) => line.mentions),
      triples: own.flatMap((line) => line.triples),
    };
  });
}

/** Puts a line together and notes where each part of it stands. */
class Words {
  #text = '';
  readonly #start: number;

  constructor(start: number) {
    this.#start = start;
  }

  add(text: string): Span {
    const start = this.#start + this.#text.length;
    this.#text += onOneLine(text);
    return { start, end: this.#start + this.#text.length };
  }

  mention({ name, type }: ExchangedFact['subject'], surface = name): ExtractedMention {
    return { name, type, surface, span: this.add(surface) };
  }

  get line(): Span & { text: string } {
    return { text: this.#text, start: this.#start, end: this.#start + this.#text.length };
  }
}

/** Names may hold anything; a line must stay one, and its length must stay known. */
function onOneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ');
}

function entityLine(entity: ExchangedEntity, start: number): Line {
  const words = new Words(start);
  const mentions = [words.mention(entity)];
  words.add(` (${entity.type}`);
  for (const alias of entity.aliases) {
    words.add(mentions.length === 1 ? ', also ' : ', ');
    mentions.push(words.mention(entity, alias));
  }
  words.add(').');
  return { ...words.line, mentions, triples: [] };
}

function factLine(fact: ExchangedFact, start: number): Line {
  const words = new Words(start);
  const subject = words.mention(fact.subject);
  words.add(fact.negated ? ' — not: ' : ' — ');
  const relation = words.add(fact.relation);
  words.add(' — ');
  const object = words.mention(fact.object);
  const time = addTime(words, fact.valid);
  words.add('.');
  const { text, ...sentence } = words.line;
  const triple: ExtractedTriple = {
    subject: { ...fact.subject, span: subject.span },
    relation: { name: fact.relation, span: relation },
    object: { ...fact.object, span: object.span },
    confidence: fact.confidence,
    negated: fact.negated,
    sentence,
    ...(time && { valid: { ...fact.valid, span: time } }),
  };
  return { text, ...sentence, mentions: [subject, object], triples: [triple] };
}

function addTime(words: Words, valid: ExchangedFact['valid']): Span | undefined {
  const { from, to } = valid ?? {};
  if (from === undefined && to === undefined) return undefined;
  words.add(' (');
  const parts = [from === undefined ? '' : `from ${from}`, to === undefined ? '' : `to ${to}`];
  const span = words.add(parts.filter((part) => part !== '').join(' '));
  words.add(')');
  return span;
}
