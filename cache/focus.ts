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
  const { starts, ends } = tokenSpans(tokenizer, ids);
  for (const range of ranges) {
    const first = firstEndingAfter(ends, range.start);
    for (let t = first; t < ids.length && starts[t]! < range.end; t++) {
      weights[t] = Math.max(weights[t]!, range.weight);
    }
  }
  return weights;
}

/** Characters of each token, half-open. Tokens that hold a part of a character span all of it. */
function tokenSpans(
  tokenizer: Tokenizer,
  ids: Int32Array,
): { starts: Int32Array; ends: Int32Array } {
  const stream = tokenizer.stream();
  const starts = new Int32Array(ids.length);
  const ends = new Int32Array(ids.length);
  let length = 0;
  ids.forEach((id, t) => {
    starts[t] = length;
    length += stream.push(id).length;
    ends[t] = length;
  });
  for (let t = ids.length - 2; t >= 0; t--) if (ends[t] === starts[t]) ends[t] = ends[t + 1]!;
  return { starts, ends };
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
