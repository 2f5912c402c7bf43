/**
 * The measures of Text2KGBench (Mihindukulasooriya et al., ISWC 2023), by the rules of its own script
 * `src/evaluation/run_eval.py`: per sentence, then averaged over the sentences of a domain. Precision looks
 * only at triples whose relation the truth of the sentence has; `strict` beside it looks at all of them.
 */

import { porterStem } from './porter.ts';

export type Triple = readonly [subject: string, relation: string, object: string];

export interface SentenceMeasures {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly ontologyConformance: number;
  readonly subjectHallucination: number;
  readonly relationHallucination: number;
  readonly objectHallucination: number;
}

export interface DomainMeasures extends SentenceMeasures {
  readonly sentences: number;
  readonly triples: number;
  /** Over all triples of the domain at once, and with no triple left out. Not part of the benchmark. */
  readonly strict: { readonly precision: number; readonly recall: number; readonly f1: number };
}

export interface JudgedSentence {
  readonly text: string;
  readonly truth: readonly Triple[];
  readonly found: readonly Triple[];
}

export interface OntologyLabels {
  readonly concepts: readonly string[];
  readonly relations: readonly string[];
}

const KEYS = [
  'precision',
  'recall',
  'f1',
  'ontologyConformance',
  'subjectHallucination',
  'relationHallucination',
  'objectHallucination',
] as const;

export function measureDomain(
  sentences: readonly JudgedSentence[],
  ontology: OntologyLabels,
): DomainMeasures {
  const each = sentences.map((one) => measureSentence(one, ontology));
  return {
    ...meanOf(each),
    sentences: sentences.length,
    triples: sentences.reduce((sum, one) => sum + one.found.length, 0),
    strict: strictMeasures(sentences),
  };
}

export function meanOf(each: readonly SentenceMeasures[]): SentenceMeasures {
  const mean = (key: (typeof KEYS)[number]): number =>
    each.reduce((sum, one) => sum + one[key], 0) / Math.max(1, each.length);
  return Object.fromEntries(KEYS.map((key) => [key, mean(key)])) as unknown as SentenceMeasures;
}

export function measureSentence(
  { text, truth, found }: JudgedSentence,
  ontology: OntologyLabels,
): SentenceMeasures {
  const asked = new Set(truth.map(([, relation]) => underscored(relation)));
  const kept = found.filter(([, relation]) => asked.has(underscored(relation)));
  const overlap = overlapOf(new Set(truth.map(keyOf)), new Set(kept.map(keyOf)));
  const known = new Set(ontology.relations.map(underscored));
  const conformant = found.filter(([, relation]) => known.has(underscored(relation))).length;
  const conformance = found.length === 0 ? 1 : conformant / found.length;
  const context = plain([`${text}${ontology.concepts.join(' ')}`]);
  const strange = (at: 0 | 2): number =>
    found.length === 0
      ? 0
      : found.filter((one) => !context.includes(entityForm(one[at]))).length / found.length;
  return {
    ...overlap,
    ontologyConformance: conformance,
    relationHallucination: 1 - conformance,
    subjectHallucination: strange(0),
    objectHallucination: strange(2),
  };
}

function overlapOf(
  truth: ReadonlySet<string>,
  found: ReadonlySet<string>,
): { precision: number; recall: number; f1: number } {
  if (found.size === 0 || truth.size === 0) return { precision: 0, recall: 0, f1: 0 };
  const right = [...found].filter((key) => truth.has(key)).length;
  return ratios(right, found.size, truth.size);
}

function ratios(
  right: number,
  found: number,
  truth: number,
): { precision: number; recall: number; f1: number } {
  const precision = found === 0 ? 0 : right / found;
  const recall = truth === 0 ? 0 : right / truth;
  const f1 = precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall);
  return { precision, recall, f1 };
}

function strictMeasures(sentences: readonly JudgedSentence[]): DomainMeasures['strict'] {
  let [right, found, truth] = [0, 0, 0];
  for (const one of sentences) {
    const wanted = new Set(one.truth.map(keyOf));
    const stated = new Set(one.found.map(keyOf));
    right += [...stated].filter((key) => wanted.has(key)).length;
    found += stated.size;
    truth += wanted.size;
  }
  return ratios(right, found, truth);
}

function underscored(relation: string): string {
  return relation.replaceAll(' ', '_');
}

function keyOf(triple: Triple): string {
  return triple.map((part) => part.replaceAll(/_|\s+/gu, '').toLowerCase()).join('');
}

function entityForm(name: string): string {
  return plain([name]).replaceAll('01januari', '');
}

/** Stems of all words, joined. */
function plain(texts: readonly string[]): string {
  return texts
    .flatMap(treebankWords)
    .map(porterStem)
    .join('')
    .replaceAll(/_|\s+/gu, '')
    .toLowerCase();
}

/** Penn Treebank words as NLTK's `word_tokenize` cuts them; quotes are kept as they stand. */
function treebankWords(text: string): string[] {
  return (
    text
      .replaceAll(/([,:])(?=\D|$)/g, ' $1 ')
      .replaceAll(/\.\.\./g, ' ... ')
      .replaceAll(/[;@#$%&?!()[\]{}<>"“”«»]/g, ' $& ')
      .replaceAll(/--/g, ' -- ')
      .replaceAll(/\.(?=\s|$)(?!\s*\p{Ll})/gu, ' . ')
      .replaceAll(/(\S)('s|'m|'d|'ll|'re|'ve|n't)(?=\s|$)/giu, '$1 $2')
      .replaceAll(/(^|\s)'(?=\S)/g, "$1' ")
      .replaceAll(/(\S)'(?=\s|$)/g, "$1 '")
      .match(/\S+/g) ?? []
  );
}
