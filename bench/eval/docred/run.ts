/**
 * (Re-)DocRED names the entities of a document and says which are related; it does not name every fact, so only
 * recall is measured. A gold mention is found exactly when a mention of ours has its span, and by its head when one
 * of ours ends in the same word or covers it. A related pair is found when a fact ties its two entities, and within
 * two facts when both are tied to the same third one.
 */
import { writeFileSync } from 'node:fs';
import type { ChunkExtraction, Span } from '../../../graph/index.ts';
import { chunkDocument } from '../../../ingest/chunk/index.ts';
import { extractDocument } from '../../../ingest/extract/index.ts';
import { reportOrigin } from '../../report.ts';
import { InputError, readJsonList } from '../read-input.ts';
import { asText, goldMentions, type DocredDocument, type GoldMention } from './document.ts';

export interface DocredEvalOptions {
  readonly data: string;
  readonly json?: string;
}

interface MentionCount {
  gold: number;
  exact: number;
  head: number;
}

interface PairCount {
  gold: number;
  bothNamed: number;
  oneFact: number;
  twoFacts: number;
}

export function evalDocred({ data, json }: DocredEvalOptions): void {
  const documents = readJsonList<DocredDocument>(data, DOCUMENTS);
  documents.forEach((document, i) => requireDocument(data, document, i));
  const byType = new Map<string, MentionCount>();
  const pairs: PairCount = { gold: 0, bothNamed: 0, oneFact: 0, twoFacts: 0 };
  const counts = { facts: 0, names: 0, seconds: 0 };
  for (const document of documents) {
    const { text, tokens } = asText(document);
    const started = performance.now();
    const extractions = extract(document.title, text);
    counts.seconds += (performance.now() - started) / 1000;
    counts.facts += extractions.reduce((sum, one) => sum + one.triples.length, 0);
    counts.names += extractions.reduce((sum, one) => sum + one.mentions.length, 0);
    const gold = goldMentions(document, tokens);
    countMentions(byType, gold.flat(), extractions);
    countPairs(pairs, document, gold, extractions);
  }
  report(documents.length, byType, pairs, counts, json);
}

const DOCUMENTS = 'documents: [{title, sents, vertexSet, labels}]';

function requireDocument(path: string, document: DocredDocument | undefined, i: number): void {
  const lists = [document?.sents, document?.vertexSet, document?.labels];
  if (typeof document?.title === 'string' && lists.every((list) => Array.isArray(list))) return;
  throw new InputError(
    `${path}: document ${i} lacks a title, sents, a vertexSet or labels.`,
    DOCUMENTS,
  );
}

function extract(title: string, text: string): ChunkExtraction[] {
  const blocks = [{ kind: 'paragraph' as const, start: 0, end: text.length }];
  const parsed = { title, text, blocks };
  const chunks = chunkDocument({
    workspaceId: 'eval',
    documentId: 'eval',
    parsed,
    countTokens: (part) => Math.ceil(part.length / 4),
    chunkTokens: 100_000,
  });
  return extractDocument({ parsed, chunks });
}

// ------------------------------------------------------------- mentions

function countMentions(
  byType: Map<string, MentionCount>,
  gold: readonly GoldMention[],
  extractions: readonly ChunkExtraction[],
): void {
  const spans = extractions.flatMap((one) => one.mentions.map((mention) => mention.span));
  for (const { type, span, head } of gold) {
    const count = byType.get(type) ?? { gold: 0, exact: 0, head: 0 };
    count.gold += 1;
    if (spans.some((one) => one.start === span.start && one.end === span.end)) count.exact += 1;
    if (spans.some((one) => one.start < head.end && one.end >= head.end)) count.head += 1;
    byType.set(type, count);
  }
}

// ------------------------------------------------------------- pairs

function countPairs(
  pairs: PairCount,
  { labels }: DocredDocument,
  gold: readonly (readonly GoldMention[])[],
  extractions: readonly ChunkExtraction[],
): void {
  const mentions = extractions.flatMap((one) => one.mentions);
  const ties = tiesOf(extractions);
  const namesOf = gold.map((list) => namesAt(list, mentions));
  const related = new Set(labels.map(({ h, t }) => (h < t ? `${h} ${t}` : `${t} ${h}`)));
  for (const key of related) {
    const [a = new Set<string>(), b = new Set<string>()] = key
      .split(' ')
      .map((place) => namesOf[Number(place)] ?? new Set<string>());
    pairs.gold += 1;
    if (a.size > 0 && b.size > 0) pairs.bothNamed += 1;
    const near = new Set([...a].flatMap((name) => [...(ties.get(name) ?? [])]));
    if ([...b].some((name) => near.has(name))) pairs.oneFact += 1;
    if (
      [...b].some(
        (name) => near.has(name) || [...(ties.get(name) ?? [])].some((one) => near.has(one)),
      )
    )
      pairs.twoFacts += 1;
  }
}

/** Our names of the entity: of mentions that end where a gold mention ends. */
function namesAt(
  gold: readonly GoldMention[],
  mentions: readonly { readonly name: string; readonly span: Span }[],
): Set<string> {
  return new Set(
    mentions
      .filter(({ span }) => gold.some(({ head }) => span.start < head.end && span.end >= head.end))
      .map((mention) => mention.name),
  );
}

/** Name -> names that a fact ties it to. */
function tiesOf(extractions: readonly ChunkExtraction[]): Map<string, Set<string>> {
  const ties = new Map<string, Set<string>>();
  const tie = (a: string, b: string): void => {
    ties.set(a, (ties.get(a) ?? new Set<string>()).add(b));
  };
  for (const { subject, object } of extractions.flatMap((one) => one.triples)) {
    tie(subject.name, object.name);
    tie(object.name, subject.name);
  }
  return ties;
}

// ------------------------------------------------------------- report

function report(
  documents: number,
  byType: ReadonlyMap<string, MentionCount>,
  pairs: PairCount,
  { facts, names, seconds }: { facts: number; names: number; seconds: number },
  json: string | undefined,
): void {
  const all = { gold: 0, exact: 0, head: 0 };
  for (const count of byType.values()) {
    all.gold += count.gold;
    all.exact += count.exact;
    all.head += count.head;
  }
  const share = (part: number, whole: number): string => (part / Math.max(whole, 1)).toFixed(3);
  console.log(
    `${documents} documents in ${seconds.toFixed(1)} s: ${names} mentions, ${facts} facts\n`,
  );
  console.log('mentions   gold  exact  by head');
  for (const [type, { gold, exact, head }] of [...byType, ['all', all] as const])
    console.log(
      `${type.padEnd(8)} ${String(gold).padStart(6)}  ${share(exact, gold)}  ${share(head, gold)}`,
    );
  console.log(
    `\n${pairs.gold} related pairs: both named ${share(pairs.bothNamed, pairs.gold)}, tied by a fact ${share(pairs.oneFact, pairs.gold)}, within two facts ${share(pairs.twoFacts, pairs.gold)}`,
  );
  if (json === undefined) return;
  const figures = {
    documents,
    seconds,
    mentions: { ...Object.fromEntries(byType), all },
    pairs,
    names,
    facts,
  };
  writeFileSync(json, `${JSON.stringify({ ...reportOrigin(0), ...figures }, undefined, 2)}\n`);
}
