/** From single answers to the rows of the report. */
import { guess } from './guesses.ts';
import type { ReaderQuestion } from './question-file.ts';
import type { Reading, Said } from './reader-under-test.ts';
import { exactMatch, tokenF1 } from './squad-score.ts';

export interface Answered {
  readonly question: ReaderQuestion;
  readonly said: Said;
}

export interface AnswerRow {
  readonly set: string;
  readonly kind: string;
  readonly reading: Reading;
  readonly n: number;
  /** Means, 0..1. Of questions without an answer, saying so is the exact match. */
  readonly em: number;
  /** Half the width of the 95% interval of `em`. */
  readonly emMargin: number;
  readonly f1: number;
  readonly abstained: number;
  /** Share of answers whose first token had at least `SURE`, and how many of them are right. */
  readonly sure: number;
  readonly emWhenSure: number | undefined;
  readonly guessEm: number;
  readonly guessF1: number;
  readonly frequentEm: number;
  readonly promptTokens: number;
  /** Share of the prompt's tokens that were computed again. */
  readonly recomputed: number;
  /** Questions whose passages were shortened to fit. */
  readonly cut: number;
}

/** From here on the platform trusts a short answer, see retrieval/verdict.ts. */
const SURE = 0.8;

export function isRight({ question, said }: Answered): 0 | 1 {
  if (question.answers.length === 0) return said.abstained ? 1 : 0;
  return exactMatch(said.text, question.answers);
}

export function answerRow(set: string, reading: Reading, answered: readonly Answered[]): AnswerRow {
  const mean = (value: (each: Answered) => number): number =>
    answered.reduce((sum, each) => sum + value(each), 0) / answered.length;
  const em = mean(isRight);
  const sure = answered.filter(({ said }) => said.firstChance >= SURE);
  const guesses = answered.map(({ question }) => guess(question));
  const meanGuess = (value: (each: (typeof guesses)[number]) => number): number =>
    guesses.reduce((sum, each) => sum + value(each), 0) / guesses.length;
  return {
    set,
    kind: answered[0]!.question.kind,
    reading,
    n: answered.length,
    em,
    emMargin: 1.96 * Math.sqrt((em * (1 - em)) / answered.length),
    f1: mean(({ question, said }) =>
      question.answers.length === 0 ? Number(said.abstained) : tokenF1(said.text, question.answers),
    ),
    abstained: mean(({ said }) => Number(said.abstained)),
    sure: sure.length / answered.length,
    emWhenSure:
      sure.length > 0 ? sure.filter((each) => isRight(each)).length / sure.length : undefined,
    guessEm: meanGuess(({ randomEm }) => randomEm),
    guessF1: meanGuess(({ randomF1 }) => randomF1),
    frequentEm: meanGuess(({ frequentEm }) => frequentEm),
    promptTokens: Math.round(mean(({ said }) => said.promptTokens)),
    recomputed: mean(({ said }) => said.recomputedTokens / said.promptTokens),
    cut: answered.filter(({ said }) => said.cut).length,
  };
}

export interface Abstention {
  readonly set: string;
  readonly unanswerable: number;
  readonly answerable: number;
  /** Share of what was left unanswered that has no answer; undefined if nothing was. */
  readonly precision: number | undefined;
  /** Share of what has no answer that was left unanswered. */
  readonly recall: number;
}

/** Undefined where all questions have an answer. */
export function abstention(set: string, answered: readonly Answered[]): Abstention | undefined {
  const unanswerable = answered.filter(({ question }) => question.answers.length === 0);
  if (unanswerable.length === 0) return undefined;
  const declined = answered.filter(({ said }) => said.abstained);
  const rightly = declined.filter(({ question }) => question.answers.length === 0).length;
  return {
    set,
    unanswerable: unanswerable.length,
    answerable: answered.length - unanswerable.length,
    precision: declined.length === 0 ? undefined : rightly / declined.length,
    recall: rightly / unanswerable.length,
  };
}
