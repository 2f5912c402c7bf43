/**
 * Holds decoding to a format (the idea of Willard and Louf 2023, arXiv:2307.09702, over bytes): before each
 * token, those that cannot lead to a valid end are ruled out, and so are those that would leave too few tokens
 * to reach it. So the output always parses, however the model behaves and wherever the budget ends.
 */

import { Automaton } from './automaton.ts';
import { compileFormat } from './compile.ts';
import type { OutputFormat } from './json-schema.ts';
import type { TrieNode, Vocabulary } from './vocabulary.ts';

export interface Constraint {
  /**
   * The logits with -Infinity for every token that may not come next; the input is not changed.
   * @param tokensLeft how many tokens may still be written, this one included
   */
  mask(logits: Float32Array, tokensLeft: number): Float32Array;
  /** Tells which token was taken. @throws RangeError for one that was ruled out */
  accept(id: number): void;
  /** Nothing can follow. */
  readonly isComplete: boolean;
}

interface Allowed {
  readonly ids: Int32Array;
  /** State behind each. */
  readonly next: Int32Array;
}

/** One format over one vocabulary; what it learns about states serves all outputs. */
export class FormatConstraints {
  readonly #automaton: Automaton;
  readonly #vocabulary: Vocabulary;
  readonly #eosIds: readonly number[];
  readonly #allowed = new Map<number, Allowed>();

  /** @throws RangeError if the vocabulary cannot spell the format byte by byte */
  constructor(format: OutputFormat, vocabulary: Vocabulary, eosIds: readonly number[]) {
    this.#vocabulary = vocabulary;
    this.#eosIds = eosIds;
    this.#automaton = new Automaton(compileFormat(format), (byte) => vocabulary.singles.has(byte));
    if (this.minTokens === Infinity)
      throw new RangeError('The vocabulary lacks single characters that the format needs.');
  }

  /** No output is sure to be shorter. */
  get minTokens(): number {
    return this.#automaton.steps(this.#automaton.start);
  }

  /** @throws RangeError if `maxTokens` may not suffice for any output */
  begin(maxTokens: number): Constraint {
    if (maxTokens < this.minTokens)
      throw new RangeError(
        `The format may need ${this.minTokens} tokens; ${maxTokens} are allowed.`,
      );
    const automaton = this.#automaton;
    const eos = new Set(this.#eosIds);
    let state = automaton.start;
    let ended = false;
    return {
      mask: (logits, tokensLeft) => this.#mask(logits, state, tokensLeft),
      accept: (id) => {
        if (eos.has(id) && automaton.isAccepting(state)) {
          ended = true;
          return;
        }
        const { ids, next } = this.#allowedIn(state);
        const at = ids.indexOf(id);
        if (at < 0) throw new RangeError(`The format does not allow token ${id} here.`);
        state = next[at] as number;
      },
      get isComplete() {
        return ended || (automaton.isAccepting(state) && automaton.isFinal(state));
      },
    };
  }

  #mask(logits: Float32Array, state: number, tokensLeft: number): Float32Array {
    const masked = new Float32Array(logits.length).fill(-Infinity);
    const { ids, next } = this.#allowedIn(state);
    for (let index = 0; index < ids.length; index += 1) {
      const id = ids[index] as number;
      if (this.#automaton.steps(next[index] as number) < tokensLeft)
        masked[id] = finite(logits[id]);
    }
    if (this.#automaton.isAccepting(state))
      for (const id of this.#eosIds) masked[id] = finite(logits[id]);
    return masked;
  }

  #allowedIn(state: number): Allowed {
    let allowed = this.#allowed.get(state);
    if (allowed === undefined) this.#allowed.set(state, (allowed = this.#walk(state)));
    return allowed;
  }

  #walk(start: number): Allowed {
    const ids: number[] = [];
    const next: number[] = [];
    const visit = (node: TrieNode, state: number): void => {
      for (const id of node.ids) {
        ids.push(id);
        next.push(state);
      }
      for (const [byte, child] of node.children) {
        const target = this.#automaton.next(state, byte);
        if (target >= 0) visit(child, target);
      }
    };
    visit(this.#vocabulary.root, start);
    return { ids: Int32Array.from(ids), next: Int32Array.from(next) };
  }
}

/** A model that rules a token out by itself must not leave nothing to choose. */
function finite(logit: number | undefined): number {
  return logit === undefined || !(logit > -1e30) ? -1e30 : logit;
}
