/**
 * Whether what the reader wrote is good enough to be shown as the answer. A small reader must never make
 * the product look silly: unsure or unsupported, its words give way to the supporting sentences.
 */
import { ABSTENTION } from '../cache/index.ts';
import { foldText, type Span } from '../graph/index.ts';
import type { EvidenceChain } from './chain.ts';
import { chainBehind, chainWith } from './evidence.ts';
import type { Question } from './question.ts';
import { contentTerms, words } from './words.ts';

export interface Reading {
  readonly text: string;
  readonly logprobs: readonly number[];
  readonly finished: boolean;
}

export type Verdict =
  | {
      readonly kind: 'generated';
      readonly text: string;
      readonly chain: EvidenceChain;
      /** Where the evidence says it word for word; undefined if it says it in other words. */
      readonly answerSpan: Span | undefined;
    }
  | { readonly kind: 'extractive'; readonly chain: EvidenceChain }
  | { readonly kind: 'none' };

/** Geometric mean of the token probabilities from which the reader is trusted. */
const MEAN_PROBABILITY = 0.6;
/**
 * Short answers are names, numbers, dates: their first token decides, and its probability is the best sign
 * of being right that was measured (models/reader/README.md). The words of longer ones have many ways to begin.
 */
const SHORT_ANSWER_TOKENS = 8;
const FIRST_PROBABILITY = 0.8;
const LEAST_PROBABILITY = 0.3;
/** Share of the question's terms, by weight, that a chain has to hold to count as evidence. */
const LEAST_COVERAGE = 0.5;
/** Share of the names in the question that a chain has to hold. */
const LEAST_NAMES = 0.5;
/** How far the chain behind the reader's answer may lie below the best one. */
const SUPPORT_SHARE = 0.7;

/** Geometric mean of the token probabilities, 0..1. */
export function confidenceOf(logprobs: readonly number[]): number {
  if (logprobs.length === 0) return 0;
  return Math.exp(logprobs.reduce((a, b) => a + b, 0) / logprobs.length);
}

/** True as long as the tokens written so far may be shown. */
export function isSure(logprobs: readonly number[]): boolean {
  const [first] = logprobs;
  if (first === undefined || confidenceOf(logprobs) < MEAN_PROBABILITY) return false;
  if (logprobs.length > SHORT_ANSWER_TOKENS) return true;
  return (
    first >= Math.log(FIRST_PROBABILITY) && Math.min(...logprobs) >= Math.log(LEAST_PROBABILITY)
  );
}

/** @param chains best first, over all sentences that were read */
export function judge(
  question: Question,
  reading: Reading,
  chains: readonly EvidenceChain[],
): Verdict {
  const best = chains.find(
    (chain) => chain.coverage >= LEAST_COVERAGE && speaksOfNames(question, chain),
  );
  if (!best) return { kind: 'none' };
  const text = tidy(reading.text);
  const support = chainWith(text, chains) ?? chainBehind(question, text, chains);
  const trusted =
    support !== undefined &&
    (reading.finished || reading.logprobs.length > SHORT_ANSWER_TOKENS) &&
    isSure(reading.logprobs) &&
    !isAbstention(text) &&
    saysSomethingNew(question, text) &&
    support.chain.score >= SUPPORT_SHARE * best.score;
  return trusted ? { kind: 'generated', text, ...support } : { kind: 'extractive', chain: best };
}

/** True while the text may become the reader's "not stated", or is it. */
export function mayAbstain(text: string): boolean {
  const folded = foldText(text).trim();
  return ABSTENTION.startsWith(folded) || folded.startsWith(ABSTENTION);
}

/** Evidence that leaves out most of whom and what the question names is about something else. */
function speaksOfNames({ nameTerms }: Question, { sentences }: EvidenceChain): boolean {
  const held = new Set(sentences.flatMap(({ terms }) => [...terms]));
  const known = nameTerms.filter((name) => held.has(name) || inflectedForm(name, held));
  // A year or a number is a condition, not a description.
  const numbersHold = nameTerms.every((name) => !/^\p{N}+$/u.test(name) || held.has(name));
  return numbersHold && known.length >= LEAST_NAMES * nameTerms.length;
}

/** "Сопки" for "Сопка", "Archers" for "Archer": all but the ending is the same. */
function inflectedForm(name: string, held: ReadonlySet<string>): boolean {
  const root = name.slice(0, Math.max(3, name.length - 2));
  return [...held].some((term) => term.startsWith(root) && term.length <= name.length + 3);
}

function isAbstention(text: string): boolean {
  return foldText(text).startsWith(ABSTENTION);
}

function tidy(text: string): string {
  return text.trim().replace(/[\s.,;:]+$/u, '');
}

function saysSomethingNew(question: Question, answer: string): boolean {
  const asked = new Set(question.terms);
  return words(answer).length > 0 && contentTerms(answer).some((term) => !asked.has(term));
}
