/** Checks the rows of a step and lays them out one after the other. */
import { InvalidStepError, SequenceFullError } from './errors.ts';
import type { DecoderConfig, SequenceKv, SequenceRows } from './types.ts';

/** Rows [start, end) of the batch belong to one sequence. */
export interface BatchPart {
  /** Its place in the list that the step was given. */
  readonly index: number;
  readonly sequence: SequenceKv;
  readonly start: number;
  readonly end: number;
  /** Rows [wantedStart, end) need logits. */
  readonly wantedStart: number;
}

export interface Batch {
  /** Per row of the batch. */
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  readonly parts: readonly BatchPart[];
}

/** Throws `InvalidStepError` or `SequenceFullError`. */
export function layOut(list: readonly SequenceRows[], config: DecoderConfig): Batch {
  const rows = list.reduce((sum, { tokens }) => sum + tokens.length, 0);
  const tokens = new Int32Array(rows);
  const positions = new Int32Array(rows);
  let at = 0;
  const parts = list.map((item, index): BatchPart => {
    checkRows(item, config);
    tokens.set(item.tokens, at);
    positions.set(item.positions, at);
    const start = at;
    at += item.tokens.length;
    const wantedStart = { none: at, last: at - 1, all: start }[item.logits];
    return { index, sequence: item.sequence, start, end: at, wantedStart };
  });
  return { tokens, positions, parts };
}

/** The batch with only the parts `kept` (in their order), whose rows are numbered anew. */
export function keepParts({ tokens, positions }: Batch, kept: readonly BatchPart[]): Batch {
  let at = 0;
  const parts = kept.map((part): BatchPart => {
    const moved = part.start - at;
    at += part.end - part.start;
    return {
      ...part,
      start: part.start - moved,
      end: part.end - moved,
      wantedStart: part.wantedStart - moved,
    };
  });
  const left = { tokens: tokens.slice(), positions: positions.slice() };
  closeUp(left.tokens, 1, kept);
  closeUp(left.positions, 1, kept);
  return { tokens: left.tokens.subarray(0, at), positions: left.positions.subarray(0, at), parts };
}

/** Moves the rows of the parts `kept` to the front of `data` [rows, width]. */
export function closeUp(
  data: Float32Array | Int32Array,
  width: number,
  kept: readonly BatchPart[],
): void {
  let at = 0;
  for (const { start, end } of kept) {
    data.copyWithin(at * width, start * width, end * width);
    at += end - start;
  }
}

/** Throws `InvalidStepError` or `SequenceFullError`. */
export function checkRows(
  { sequence, tokens, positions }: SequenceRows,
  config: DecoderConfig,
): void {
  checkSequence(sequence, config);
  if (tokens.length === 0) throw new InvalidStepError('a sequence takes part with no rows');
  if (tokens.length !== positions.length) {
    throw new InvalidStepError(`${tokens.length} tokens, but ${positions.length} positions`);
  }
  let previous = -1;
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    const position = positions[i]!;
    if (token < 0 || token >= config.vocabSize)
      throw new InvalidStepError(`token ${token} is not in the vocabulary`);
    if (position <= previous)
      throw new InvalidStepError(`position ${position} follows position ${previous}`);
    previous = position;
  }
  checkFits(sequence, previous, config);
}

/** Throws if the sequence was released or belongs to a model of another shape. */
export function checkSequence(sequence: SequenceKv, config: DecoderConfig): void {
  const length = config.kvHeads * sequence.capacity * config.headDim;
  if (sequence.keys.length !== config.layers || sequence.keys[0]?.length !== length) {
    throw new InvalidStepError('the sequence was released or belongs to another model');
  }
}

/** Throws if `position` lies behind the sequence's capacity or the model's longest sequence. */
export function checkFits(sequence: SequenceKv, position: number, config: DecoderConfig): void {
  if (position >= sequence.capacity)
    throw new SequenceFullError(position, sequence.capacity, 'capacity');
  if (position >= config.maxPositions)
    throw new SequenceFullError(position, config.maxPositions, 'maxPositions');
}
