/** Where a walk over the chunks of a sentence leads, whatever was found of its clauses so far. */

import type { Chunk } from './chunk.ts';
import type { Range } from './clause.ts';
import { SAYING } from './word-lists.ts';

/** A finite verb follows whose subject the phrase before must be. */
export function laterFinite(chunks: readonly Chunk[], at: number): boolean {
  for (let index = at + 1; index < chunks.length; index += 1) {
    const chunk = chunks[index] as Chunk;
    const before = chunks[skipBack(chunks, index - 1)];
    if (/^(sub|rel|stop)$/.test(chunk.kind)) return false;
    if (chunk.kind === 'cc' && chunks[index + 1]?.kind === 'np') return false;
    if (chunk.kind === 'comma') {
      const next = chunks[index + 1];
      if (next?.verb?.finite === true) return true;
      return false;
    }
    // "designed by Archer opened": one of two such forms is the verb of the sentence.
    if (chunk.verb?.ambiguous === true && before?.kind === 'np' && chunks[at + 1]?.word === 'by')
      return true;
    if (chunk.verb?.finite === true) return before?.kind !== 'cc' && before?.kind !== 'sub';
  }
  return false;
}

export function skipBack(chunks: readonly Chunk[], from: number): number {
  let at = from;
  while (at >= 0 && /^(adv|quote)$/.test(chunks[at]?.kind ?? '')) at -= 1;
  return at;
}

/** The phrase of the noun phrase at `at`, back over "of". */
export function nearPhrase(chunks: readonly Chunk[], at: number): Range {
  let from = at;
  while (chunks[from - 1]?.word === 'of' && chunks[from - 2]?.kind === 'np') from -= 2;
  return { from, to: at };
}

export function isRelativeVerb(chunks: readonly Chunk[], at: number): boolean {
  return chunks[skipBack(chunks, at - 1)]?.kind === 'rel';
}

export function isInverted(chunks: readonly Chunk[], at: number, left: number): boolean {
  const next = chunks[at + 1];
  if (next?.kind === 'np' && chunks[phraseAfter(chunks, at).to + 1]?.verb !== undefined)
    return false;
  return (
    SAYING.has(chunks[at]?.word ?? '') &&
    next?.kind === 'np' &&
    (left < 0 || /^(comma|quote|stop)$/.test(chunks[left]?.kind ?? ''))
  );
}

export function phraseAfter(chunks: readonly Chunk[], at: number): Range {
  let to = at + 1;
  while (chunks[to + 1]?.word === 'of' && chunks[to + 2]?.kind === 'np') to += 2;
  return { from: at + 1, to };
}
