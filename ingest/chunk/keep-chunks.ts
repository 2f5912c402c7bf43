/**
 * Chunks of the version before stay where their words still stand, whatever was changed around them: their KV caches,
 * vectors and triples are still right. Only the gaps between them are packed anew.
 */
import type { Unit } from './units.ts';

/** What the version before had under the same headings. */
export interface EarlierChunk {
  readonly headingPath: readonly string[];
  readonly text: string;
  /** Of the prompt text, as now. */
  readonly tokenCount: number;
}

/** A run of units, and whether it was a chunk before. */
interface Run {
  readonly units: readonly Unit[];
  readonly kept: boolean;
}

/** A gap shorter than this part of the budget joins a neighbour: it would make a poor chunk. */
const LEAST_GAP = 1 / 4;
/** Sentences have more tokens together than one by one: a chunk may be so much longer than it was meant to be. */
const OVER = 1.1;
/** Characters that tell most texts apart. */
const KEY_CHARS = 48;

interface Placed {
  readonly text: string;
  readonly ordinal: number;
}

/** Looks chunks up by the place where they would begin; to be asked in the order of the text. */
export class EarlierChunks {
  readonly #byBeginning = new Map<string, Placed[]>();
  #last = -1;

  /** Chunks much longer than `mostTokens` were made for another chunk size: they are not kept. */
  constructor(chunks: readonly EarlierChunk[], mostTokens: number) {
    chunks.forEach(({ headingPath, text, tokenCount }, ordinal) => {
      if (tokenCount > mostTokens * OVER || text === '') return;
      // One shorter than the key is looked for everywhere under its headings.
      const key = keyOf(headingPath, text.length < KEY_CHARS ? '' : text.slice(0, KEY_CHARS));
      const known = this.#byBeginning.get(key);
      if (known) known.push({ text, ordinal });
      else this.#byBeginning.set(key, [{ text, ordinal }]);
    });
  }

  /** One that stands in `text` at `start`: where words are repeated, the next behind the last that was found. */
  at(headingPath: readonly string[], text: string, start: number): string | undefined {
    const begins = text.slice(start, start + KEY_CHARS);
    const long = this.#byBeginning.get(keyOf(headingPath, begins)) ?? [];
    const short = this.#byBeginning.get(keyOf(headingPath, '')) ?? [];
    const found = [...long, ...short].filter((each) => text.startsWith(each.text, start));
    const next = found.find(({ ordinal }) => ordinal > this.#last) ?? found[0];
    if (next) this.#last = next.ordinal;
    return next?.text;
  }
}

/**
 * Groups of units: those that were chunks before, and between them what `pack` makes of the rest. `pack` is given
 * all units if nothing is kept.
 */
export function packAround(
  units: readonly Unit[],
  text: string,
  budget: number,
  earlierAt: (start: number) => string | undefined,
  pack: (units: readonly Unit[]) => Unit[][],
): Unit[][] {
  const runs = joinSmallGaps(runsOf(units, text, earlierAt), budget);
  return runs.flatMap(({ units: own, kept }) => (kept ? [[...own]] : pack(own)));
}

function runsOf(
  units: readonly Unit[],
  text: string,
  earlierAt: (start: number) => string | undefined,
): Run[] {
  const runs: Run[] = [];
  let gap: Unit[] = [];
  for (let at = 0; at < units.length;) {
    const count = unitsOfEarlier(units, at, text, earlierAt);
    if (count === 0) {
      gap.push(units[at]!);
      at += 1;
      continue;
    }
    if (gap.length > 0) runs.push({ units: gap, kept: false });
    gap = [];
    runs.push({ units: units.slice(at, at + count), kept: true });
    at += count;
  }
  if (gap.length > 0) runs.push({ units: gap, kept: false });
  return runs;
}

/** How many units from `at` on were one chunk before; 0 for none, or one that would end inside a unit. */
function unitsOfEarlier(
  units: readonly Unit[],
  at: number,
  text: string,
  earlierAt: (start: number) => string | undefined,
): number {
  const start = units[at]!.start;
  const earlier = earlierAt(start);
  if (earlier === undefined || !text.startsWith(earlier, start)) return 0;
  const end = start + earlier.length;
  let count = 0;
  while (at + count < units.length && units[at + count]!.end <= end) count += 1;
  return count > 0 && units[at + count - 1]!.end === end ? count : 0;
}

/** A short gap takes the shorter of its neighbours along, which is then packed anew with it. */
function joinSmallGaps(runs: readonly Run[], budget: number): Run[] {
  const joined = [...runs];
  for (let i = 0; i < joined.length; i += 1) {
    const run = joined[i]!;
    if (run.kept || tokensOf(run) >= budget * LEAST_GAP) continue;
    const [before, after] = [joined[i - 1], joined[i + 1]];
    if (!before && !after) continue;
    const takesBefore = !after || (before !== undefined && tokensOf(before) <= tokensOf(after));
    const from = takesBefore ? i - 1 : i;
    const units = [...joined[from]!.units, ...joined[from + 1]!.units];
    joined.splice(from, 2, { units, kept: false });
    i = from;
  }
  return joined;
}

function tokensOf({ units }: Run): number {
  return units.reduce((sum, { tokens }) => sum + tokens, 0);
}

function keyOf(headingPath: readonly string[], begins: string): string {
  return JSON.stringify([headingPath, begins]);
}
