/**
 * Rule-based extraction. First every sentence is read by itself; then names, pronouns and "the ship" are
 * resolved over the document. The outcome depends only on the text and the borders of the chunks.
 */

import type {
  Block,
  Chunk,
  ChunkExtraction,
  ExtractedMention,
  ExtractedTriple,
  ParsedDocument,
  Span,
} from '../../graph/index.ts';
import { splitSentences } from '../chunk/index.ts';
import { NameBook, plainTitle, type ResolvedName } from './aliases.ts';
import { analyzeSentence, type SentenceAnalysis } from './analyze-sentence.ts';
import { capitalLexicon } from './capitals.ts';
import { ClassBook, Coreference, typeOfClass } from './coreference.ts';
import { RejectionLog, rejectionOf, type RejectedTriple, type Rejection } from './contract.ts';
import type { RawTriple } from './clauses.ts';
import type { Argument } from './phrase.ts';
import { PERSON_VERBS } from './lexicon.ts';
import { isProse, rowCells } from './rows.ts';
import { looksLikeName, rowFacts } from './row-facts.ts';
import { isVague, saysLittle } from './vague.ts';
import { distinctMentions, distinctTriples } from './distinct.ts';
import type { CapitalLexicon } from './token.ts';

export interface ExtractRequest {
  readonly parsed: ParsedDocument;
  readonly chunks: readonly Chunk[];
}

export interface ExtractionReport {
  readonly extractions: ChunkExtraction[];
  /** Triples that broke the contract, by reason. */
  readonly rejected: Readonly<Record<Rejection, number>>;
  /** The first 1,000 of them. */
  readonly rejections: readonly RejectedTriple[];
}

/** A sentence (or table row) of a chunk, read but not resolved. */
interface Unit {
  readonly chunk: number;
  readonly span: Span;
  readonly kind: Block['kind'];
  readonly opensParagraph: boolean;
  readonly analyses: readonly SentenceAnalysis[];
}

const RESOLVED_FACTOR = 0.8;
/** Sentences read before the event loop gets a turn; about 30 ms. */
const SENTENCES_A_TURN = 16;

export function extractDocument(request: ExtractRequest): ChunkExtraction[] {
  return extractWithReport(request).extractions;
}

export function extractWithReport(request: ExtractRequest): ExtractionReport {
  const reader = new DocumentReader(request);
  for (const step of reader.read()) void step;
  return reader.resolve();
}

/**
 * The same, in turns with the event loop, for use on a server's main thread.
 * @throws the signal's reason when aborted
 */
export async function extractInTurns(
  request: ExtractRequest,
  options: {
    readonly signal?: AbortSignal;
    readonly onProgress?: (done: number, total: number) => void;
  } = {},
): Promise<ExtractionReport> {
  const reader = new DocumentReader(request);
  let done = 0;
  for (const total of reader.read()) {
    done += 1;
    if (done % SENTENCES_A_TURN !== 0) continue;
    options.onProgress?.(done, total);
    await new Promise<void>((resolve) => setImmediate(resolve));
    options.signal?.throwIfAborted();
  }
  return reader.resolve();
}

class DocumentReader {
  readonly #parsed: ParsedDocument;
  readonly #chunks: readonly Chunk[];
  readonly #capitals: CapitalLexicon;
  readonly #names: NameBook;
  readonly #title: string | undefined;
  readonly #classes = new ClassBook();
  readonly #units: Unit[] = [];
  readonly #rejections = new RejectionLog();

  constructor({ parsed, chunks }: ExtractRequest) {
    this.#parsed = parsed;
    this.#chunks = chunks;
    this.#capitals = capitalLexicon(parsed.text, parsed.title);
    this.#names = new NameBook(parsed.title, parsed.text);
    this.#title = plainTitle(parsed.title);
  }

  /** Yields the number of sentences after each one. */
  *read(): Generator<number> {
    const blockAt = blockFinder(this.#parsed.blocks);
    const total = this.#chunks.reduce((sum, chunk) => sum + chunk.sentences.length, 0);
    for (const [index, chunk] of this.#chunks.entries()) {
      for (const span of chunk.sentences) {
        const block = blockAt(span.start);
        this.#units.push(this.#readUnit(index, span, block));
        yield total;
      }
    }
  }

  #readUnit(chunk: number, span: Span, block: Block | undefined): Unit {
    const kind = block?.kind ?? 'paragraph';
    const spans = kind === 'table_row' ? this.#proseOfRow(span) : kind === 'code' ? [] : [span];
    const analyses = spans.map((one) =>
      analyzeSentence(this.#parsed.text, one, this.#capitals, this.#title),
    );
    for (const analysis of analyses) this.#learn(analysis);
    if (kind === 'table_row') this.#learnRow(span);
    return {
      chunk,
      span,
      kind,
      analyses,
      opensParagraph: block === undefined || block.start === span.start,
    };
  }

  #proseOfRow(span: Span): Span[] {
    const cells = rowCells(this.#parsed.text, span);
    if (cells.length === 0) return [span];
    return cells
      .filter((cell) => isProse(cell.value))
      .flatMap((cell) =>
        splitSentences(cell.value).map((one) => ({
          start: cell.valueSpan.start + one.start,
          end: cell.valueSpan.start + one.end,
        })),
      );
  }

  #learnRow(span: Span): void {
    const [first, ...rest] = rowCells(this.#parsed.text, span);
    for (const cell of rest.length > 0 && first !== undefined
      ? [first, ...rest]
      : first === undefined
        ? []
        : [first]) {
      if (!isProse(cell.value) && looksLikeName(cell.value))
        this.#names.add({
          surface: cell.value,
          span: cell.valueSpan,
          type: 'thing',
          from: 0,
          to: 0,
          sure: false,
        });
    }
  }

  #learn(analysis: SentenceAnalysis): void {
    for (const mention of analysis.mentions) this.#names.add(mention);
    for (const triple of analysis.triples) {
      if (triple.subject.kind !== 'name' || triple.negated) continue;
      if (triple.relation === 'is' && triple.object.kind === 'common') this.#learnClass(triple);
      if (isDoneByPerson(triple))
        this.#names.addType(
          triple.subject.surface,
          'person',
          /^(born|married|died)/.test(triple.relation) ? 2 : 1,
        );
    }
    for (const person of analysis.persons)
      if (person.kind === 'name') this.#names.addType(person.surface, 'person', 2);
  }

  #learnClass({ subject, object }: RawTriple): void {
    const type = typeOfClass(object.head);
    if (type !== undefined) this.#names.addType(subject.surface, type, 2);
    this.#classes.add(object.head, subject.surface);
  }

  // ------------------------------------------------------------- second pass

  resolve(): ExtractionReport {
    const mentions: ExtractedMention[][] = this.#chunks.map(() => []);
    const triples: ExtractedTriple[][] = this.#chunks.map(() => []);
    const coreference = new Coreference(this.#names, this.#classes);
    for (const unit of this.#units) {
      this.#rejections.startChunk(this.#chunks[unit.chunk]?.id ?? '');
      if (unit.opensParagraph) coreference.startParagraph();
      const found = this.#resolveUnit(unit, coreference);
      mentions[unit.chunk]?.push(...found.mentions);
      triples[unit.chunk]?.push(...this.#accepted(found.triples, unit.span));
    }
    const extractions = this.#chunks.map((chunk, index) => ({
      chunkId: chunk.id,
      mentions: distinctMentions(mentions[index] ?? []),
      triples: distinctTriples(triples[index] ?? []),
    }));
    return {
      extractions,
      rejected: this.#rejections.counts,
      rejections: this.#rejections.list,
    };
  }

  #resolveUnit(
    unit: Unit,
    coreference: Coreference,
  ): { mentions: ExtractedMention[]; triples: ExtractedTriple[] } {
    const mentions: ExtractedMention[] = [];
    const triples: ExtractedTriple[] = [];
    if (unit.kind === 'table_row' && unit.opensParagraph) {
      // A row too long for one chunk is cut; only its first part knows its subject.
      const row = rowFacts(this.#parsed, unit.span, this.#names);
      mentions.push(...row.mentions);
      triples.push(...row.triples);
      coreference.startParagraph();
      if (row.subject !== undefined) coreference.endSentence([row.subject], []);
    }
    for (const analysis of unit.analyses) {
      for (const mention of analysis.mentions) {
        const resolved = this.#names.resolve(mention.surface, mention.type);
        mentions.push({
          surface: mention.surface,
          name: resolved.name,
          type: resolved.type,
          span: mention.span,
        });
      }
      if (unit.kind === 'heading') continue;
      triples.push(...this.#resolveTriples(analysis, coreference));
    }
    return { mentions, triples };
  }

  #resolveTriples(analysis: SentenceAnalysis, coreference: Coreference): ExtractedTriple[] {
    const triples: ExtractedTriple[] = [];
    coreference.startSentence(analysis.subjects);
    for (const raw of analysis.triples) {
      const triple = this.#resolveTriple(raw, analysis.span, coreference);
      if (triple === undefined) continue;
      triples.push(triple);
      // "It is a sloop": the class is known once the pronoun is.
      if (raw.relation === 'is' && raw.object.kind === 'common' && !raw.negated)
        this.#classes.add(raw.object.head, triple.subject.name);
    }
    const subjects = analysis.subjects
      .map((subject) => coreference.resolve(subject, 'subject'))
      .filter((one) => one !== undefined);
    const others = analysis.mentions.map((mention) =>
      this.#names.resolve(mention.surface, mention.type),
    );
    coreference.endSentence(
      subjects,
      others.filter((one) => !subjects.some((subject) => subject.name === one.name)),
    );
    return triples;
  }

  /** "The editor is Jan Solovej" in a document on a journal: the journal's editor is he. */
  #ofTheTitle(raw: RawTriple): RawTriple {
    const { subject, object } = raw;
    const applies =
      raw.relation === 'is' &&
      subject.kind === 'common' &&
      subject.definite &&
      subject.of === undefined &&
      subject.owner === undefined &&
      object.kind === 'name';
    if (!applies || this.#classes.only(subject.head, this.#names.title) !== undefined) return raw;
    const title = this.#names.title;
    if (title === undefined) return { ...raw, subject: object, object: subject };
    const topic: Argument = {
      kind: 'name',
      span: subject.span,
      surface: title,
      type: 'thing',
      head: title.toLowerCase(),
      definite: true,
      determiner: 'the',
    };
    return {
      ...raw,
      subject: topic,
      relation: subject.surface.toLowerCase(),
      relationSpan: subject.span,
      confidence: raw.confidence * RESOLVED_FACTOR,
    };
  }

  #resolveTriple(
    read: RawTriple,
    sentence: Span,
    coreference: Coreference,
  ): ExtractedTriple | undefined {
    const raw = this.#ofTheTitle(read);
    const subject = this.#resolveArgument(raw.subject, coreference, 'subject');
    const object = this.#resolveArgument(raw.object, coreference, 'object');
    if (subject === undefined || object === undefined)
      return this.#reject('pronoun', raw, sentence);
    if (
      (!subject.isName && !object.isName) ||
      (!subject.isName && (isVague(raw.subject) || !/\s/.test(raw.subject.surface))) ||
      (!object.isName && isVague(raw.object)) ||
      saysLittle(raw)
    )
      return this.#reject('generic', raw, sentence);
    const confidence =
      raw.confidence * (subject.isResolved || object.isResolved ? RESOLVED_FACTOR : 1);
    return {
      subject: { name: subject.name, type: subject.type, span: raw.subject.span },
      relation: { name: raw.relation, span: raw.relationSpan },
      object: { name: object.name, type: object.type, span: raw.object.span },
      confidence: Math.round(confidence * 100) / 100,
      negated: raw.negated,
      sentence,
    };
  }

  #resolveArgument(
    argument: Argument,
    coreference: Coreference,
    role: 'subject' | 'object',
  ): (ResolvedName & { isName: boolean; isResolved: boolean }) | undefined {
    if (argument.kind === 'date' || argument.kind === 'quantity')
      return { name: argument.surface, type: argument.type, isName: false, isResolved: false };
    const resolved = coreference.resolve(argument, role);
    if (resolved !== undefined)
      return { ...resolved, isName: true, isResolved: argument.kind !== 'name' };
    if (argument.kind === 'pronoun') return undefined;
    return { name: argument.surface, type: argument.type, isName: false, isResolved: false };
  }

  // ------------------------------------------------------------- contract

  #accepted(triples: readonly ExtractedTriple[], within: Span): ExtractedTriple[] {
    return triples.filter((triple) => {
      const rejection = rejectionOf(triple, this.#parsed.text, within);
      if (rejection !== undefined)
        this.#rejections.add(rejection, {
          subject: triple.subject.name,
          relation: triple.relation.name,
          object: triple.object.name,
          sentence: triple.sentence,
        });
      return rejection === undefined;
    });
  }

  #reject(reason: Rejection, { subject, relation, object }: RawTriple, sentence: Span): undefined {
    this.#rejections.add(reason, {
      subject: subject.surface,
      relation,
      object: object.surface,
      sentence,
    });
  }
}

function isDoneByPerson({ relation, passive }: RawTriple): boolean {
  if (passive)
    return /^(born|married|educated|elected|appointed|murdered|buried|wounded|knighted)\b/.test(
      relation,
    );
  return PERSON_VERBS.test(relation);
}

/** Sentences come in order: one walk over the blocks finds them all. */
function blockFinder(blocks: readonly Block[]): (start: number) => Block | undefined {
  let index = 0;
  return (start) => {
    while (index < blocks.length && (blocks[index]?.end ?? 0) <= start) index += 1;
    return blocks[index];
  };
}
