/** The pieces of a sentence that the clause grammar works on. */

import type { EntityType, Span } from '../../graph/index.ts';

export type ArgumentKind = 'name' | 'common' | 'pronoun' | 'date' | 'quantity';

/** A subject or object as it stands in the text. */
export interface Argument {
  readonly kind: ArgumentKind;
  readonly span: Span;
  readonly surface: string;
  readonly type: EntityType;
  /** Lower-case head noun of a common phrase, or the pronoun. */
  readonly head: string;
  /** "the ship": speaks of something known. */
  readonly definite: boolean;
  /** Lower-case determiner, if any: "the", "its". */
  readonly determiner: string;
  /** A name that the phrase ends in ("the Norwegian ship Fram") with the words before it. */
  readonly described?: { readonly name: Argument; readonly role: Argument };
  /** "Amundsen's ship Maud", "Scott's ship": whose. */
  readonly owner?: Argument;
  /** "of"-phrases that were joined: ship of | Roald Amundsen. */
  readonly of?: Argument;
}

export interface VerbGroup {
  /** Lower-case relation: auxiliaries dropped, "designed", "could be frozen". */
  readonly name: string;
  readonly span: Span;
  readonly passive: boolean;
  readonly copula: boolean;
  readonly negated: boolean;
  readonly finite: boolean;
  /** A lone past form: "the ship built in 1892" or "the ship sailed". */
  readonly maybeReduced: boolean;
  readonly infinitive: boolean;
  readonly gerund: boolean;
  readonly hypothetical: boolean;
}

export type Item =
  | { readonly kind: 'np'; readonly argument: Argument; readonly before: string }
  | { readonly kind: 'verb'; readonly verb: VerbGroup; readonly before: string }
  | { readonly kind: 'prep'; readonly word: string; readonly span: Span; readonly before: string }
  | { readonly kind: 'adj'; readonly word: string; readonly span: Span; readonly before: string }
  | {
      readonly kind: 'conj' | 'rel' | 'sub' | 'other';
      readonly word: string;
      readonly span: Span;
      readonly before: string;
    };
