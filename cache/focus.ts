/** Character ranges that matter in a chunk (names of entities, words of facts), turned into token weights. */
import type { Tokenizer } from '../engine/index.ts';

export interface FocusRange {
  /** Characters of the chunk's prompt text, half-open. */
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** Characters of each token of a text, half-open. Tokens that hold a part of a character span all of it. */
export interface Spans {
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** Lies in front of a token while its text is looked up: some decoders strip the space of a first token. */
const ANCHOR = 'a';

/** Says where tokens lie in their text. Texts of tokens are looked up once: decoding is slow. */
export class TokenSpans {
  readonly #tokenizer: Tokenizer;
  readonly #anchor: readonly number[];
  readonly #anchorLength: number;
  /** Characters of a token; undefined for one that holds a part of a character. */
  readonly #lengths = new Map<number, number | undefined>();

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
    this.#anchor = tokenizer.encode(ANCHOR);
    this.#anchorLength = tokenizer.decode(this.#anchor).length;
  }

  of(ids: Int32Array): Spans {
    const starts = new Int32Array(ids.length);
    const ends = new Int32Array(ids.length);
    let at = 0;
    let parts: Stream | undefined;
    for (let t = 0; t < ids.length; t++) {
      starts[t] = at;
      const length = this.#length(ids[t]!);
      // Parts of characters have a length only together: a stream puts them together.
      if (length === undefined) at += (parts ??= this.#tokenizer.stream()).push(ids[t]!).length;
      else {
        at += (parts?.end().length ?? 0) + length;
        parts = undefined;
      }
      ends[t] = at;
    }
    for (let t = ids.length - 2; t >= 0; t--) if (ends[t] === starts[t]) ends[t] = ends[t + 1]!;
    return { starts, ends };
  }

  #length(id: number): number | undefined {
    if (!this.#lengths.has(id)) {
      const text = this.#tokenizer.decode([...this.#anchor, id]);
      const length = text.length - this.#anchorLength;
      this.#lengths.set(id, text.includes('\u{FFFD}') ? undefined : length);
    }
    return this.#lengths.get(id);
  }
}

type Stream = ReturnType<Tokenizer['stream']>;

/** Weight of each token: the largest weight of a range that touches it, 0 if none does. */
export function focusOfTokens(
  spans: TokenSpans,
  ids: Int32Array,
  ranges: readonly FocusRange[],
): Float32Array {
  const weights = new Float32Array(ids.length);
  if (ranges.length === 0) return weights;
  const { starts, ends } = spans.of(ids);
  for (const range of ranges) {
    const first = firstEndingAfter(ends, range.start);
    for (let t = first; t < ids.length && starts[t]! < range.end; t++) {
      weights[t] = Math.max(weights[t]!, range.weight);
    }
  }
  return weights;
}

function firstEndingAfter(ends: Int32Array, offset: number): number {
  let low = 0;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ends[middle]! > offset) high = middle;
    else low = middle + 1;
  }
  return low;
}
