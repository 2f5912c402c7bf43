/** Very small neighbouring sections under one parent share a chunk: a heading with one line is no context. */

import type { Section } from './sections.ts';
import { unitsOf, type CountTokens, type Unit } from './units.ts';

export interface Part {
  readonly path: readonly string[];
  readonly units: readonly Unit[];
}

interface Sized {
  readonly section: Section;
  readonly units: readonly Unit[];
  readonly tokens: number;
}

/** Sections below this share of the budget look for company. */
const SMALL = 0.25;

/**
 * In a merged part the headings are text, since the path can only name what all of it shares.
 * A section that is only a heading becomes text in the same way, so that it can be found and cited.
 */
export function partsOf(
  sections: readonly Section[],
  text: string,
  budgetOf: (path: readonly string[]) => number,
  count: CountTokens,
): Part[] {
  const parts: Part[] = [];
  let open: Sized[] = [];
  const close = (): void => {
    const part = toPart(open, text, count, budgetOf);
    if (part !== undefined) parts.push(part);
    open = [];
  };
  for (const section of sections) {
    const budget = budgetOf(section.path);
    const units = section.blocks.flatMap((block) => unitsOf(block, text, budget, count));
    const sized = { section, units, tokens: units.reduce((sum, unit) => sum + unit.tokens, 0) };
    if (!fitsWith(open, sized, budget)) close();
    open.push(sized);
  }
  close();
  return parts;
}

function fitsWith(open: readonly Sized[], next: Sized, budget: number): boolean {
  const last = open.at(-1);
  if (last === undefined) return true;
  const together = [...open, next];
  if (together.some(({ section }) => section.heading === undefined)) return false;
  if (parentOf(last.section) !== parentOf(next.section)) return false;
  if (together.some(({ tokens }) => tokens > budget * SMALL)) return false;
  return together.reduce((sum, { tokens }) => sum + tokens + 12, 0) <= budget * 0.8;
}

function parentOf({ path, heading }: Section): string {
  return JSON.stringify([heading?.level, ...path.slice(0, -1)]);
}

function toPart(
  group: readonly Sized[],
  text: string,
  count: CountTokens,
  budgetOf: (path: readonly string[]) => number,
): Part | undefined {
  const [first] = group;
  if (first === undefined) return undefined;
  if (group.length === 1 && first.units.length > 0)
    return { path: first.section.path, units: first.units };
  const path = first.section.path.length > 1 ? first.section.path.slice(0, -1) : first.section.path;
  const units = group.flatMap(({ section, units: own }) => {
    const heading =
      section.heading === undefined ? [] : unitsOf(section.heading, text, budgetOf(path), count);
    return [...heading, ...own];
  });
  return { path, units };
}
