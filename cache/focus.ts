/** Character ranges that matter in a chunk (names of entities, words of facts), turned into token weights. */
import type { Tokenizer } from '../engine/index.ts';

export interface FocusRange {
  /** Characters of the chunk's prompt text, half-open. */
  readonly start: number;
  readonly end: number;
  readonly weight: number;
}

/** Weight of each token: the largest weight of a range that touches it, 0 if none does. */
export function focusOfTokens(
  tokenizer: Tokenizer,
  ids: Int32Array,
  ranges: readonly FocusRange[],
): Float32Array {
  const weights = new Float32Array(ids.length);
  if (ranges.length === 0) return weights;
  const ends = tokenEnds(tokenizer, ids);
  for (const range of ranges) {
    for (let t = firstEndingAfter(ends, range.start); t < ids.length; t++) {
      weights[t] = Math.max(weights[t]!, range.weight);
      if (ends[t]! >= range.end) break;
    }
  }
  return weights;
}

/** Character offset behind each token. Tokens that hold a part of a character end where it will end. */
function tokenEnds(tokenizer: Tokenizer, ids: Int32Array): Int32Array {
  const stream = tokenizer.stream();
  const ends = new Int32Array(ids.length);
  let length = 0;
  ids.forEach((id, t) => {
    length += stream.push(id).length;
    ends[t] = length;
  });
  return ends;
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
