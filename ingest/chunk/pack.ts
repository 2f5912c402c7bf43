/** Units of one section -> groups of about the wanted size. */

import type { Unit } from './units.ts';

/** Sections longer than this many chunks are first cut into segments by content. */
const SEGMENT_CHUNKS = 8;
const MIN_SEGMENT_CHUNKS = 3;
/** One in so many block starts (or, in endless paragraphs, sentences) ends a segment. */
const SEGMENT_ONE_IN = 8;

/**
 * Groups of at most `budget` tokens (a single unit may be larger), of like size inside a segment. In a long
 * section the borders of segments depend on the text around them only, so that an edit moves the borders
 * of chunks near it and no others (content-defined chunking, as in LBFS, Muthitacharoen et al. 2001).
 */
export function packUnits(units: readonly Unit[], budget: number, text: string): Unit[][] {
  return segments(units, budget, text).flatMap((segment) => packEvenly(segment, budget));
}

function segments(units: readonly Unit[], budget: number, text: string): Unit[][] {
  const total = sumTokens(units);
  if (total <= budget * SEGMENT_CHUNKS) return [[...units]];
  const result: Unit[][] = [];
  let open: Unit[] = [];
  let tokens = 0;
  for (const unit of units) {
    const full = tokens + unit.tokens > budget * SEGMENT_CHUNKS;
    if (full || (tokens >= budget * MIN_SEGMENT_CHUNKS && isLandmark(unit, text))) {
      result.push(open);
      open = [];
      tokens = 0;
    }
    open.push(unit);
    tokens += unit.tokens;
  }
  if (open.length > 0) result.push(open);
  return result;
}

/** A unit whose own words say that a segment starts here. */
function isLandmark(unit: Unit, text: string): boolean {
  const oneIn = unit.opensBlock ? SEGMENT_ONE_IN : SEGMENT_ONE_IN * 4;
  return fnv1a(text, unit.start, Math.min(unit.end, unit.start + 200)) % oneIn === 0;
}

function fnv1a(text: string, start: number, end: number): number {
  let hash = 0x811c9dc5;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** As few groups as the budget allows, then each as near to the mean as its units allow. */
function packEvenly(units: readonly Unit[], budget: number): Unit[][] {
  const groups: Unit[][] = [];
  let left = sumTokens(units);
  let open: Unit[] = [];
  let tokens = 0;
  let wanted = share(left, budget);
  for (const unit of units) {
    const over = tokens + unit.tokens > budget;
    // A border before this unit leaves the group closer to its share than one behind it.
    const closer = tokens + unit.tokens / (unit.opensBlock ? 1.2 : 2) > wanted;
    if (open.length > 0 && (over || closer)) {
      groups.push(open);
      left -= tokens;
      open = [];
      tokens = 0;
      wanted = share(left, budget);
    }
    open.push(unit);
    tokens += unit.tokens;
  }
  if (open.length > 0) groups.push(open);
  return mergeLast(groups, budget);
}

/** Rounding can leave a last group of one short sentence. */
function mergeLast(groups: Unit[][], budget: number): Unit[][] {
  const last = groups.at(-1);
  const before = groups.at(-2);
  if (last === undefined || before === undefined) return groups;
  if (sumTokens(last) + sumTokens(before) > budget) return groups;
  return [...groups.slice(0, -2), [...before, ...last]];
}

function share(tokens: number, budget: number): number {
  return tokens / Math.max(1, Math.ceil(tokens / budget));
}

function sumTokens(units: readonly Unit[]): number {
  let sum = 0;
  for (const unit of units) sum += unit.tokens;
  return sum;
}
