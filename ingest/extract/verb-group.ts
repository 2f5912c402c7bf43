/** Words of a verb group -> the relation they name. */

import { BE, DO, HAVE, HYPOTHETICAL } from './lexicon.ts';
import type { VerbGroup } from './phrase.ts';
import type { Token } from './token.ts';

const PARTICLES = new Set([
  'up',
  'out',
  'off',
  'down',
  'away',
  'back',
  'over',
  'together',
  'apart',
  'forward',
  'on',
]);

export function isParticle(token: Token): boolean {
  return PARTICLES.has(token.lower) && /^\s$/.test(token.before);
}

/** Relation and grammar of a group; `parts` are its words without adverbs and negations. */
export function toVerbGroup(
  parts: readonly Token[],
  negated: boolean,
  infinitive: boolean,
): VerbGroup {
  const main = parts.findLast((part) => part.pos === 'verb') ?? parts.at(-1)!;
  const auxiliaries = parts.filter((part) => part.pos === 'aux' && part !== main);
  const hasBe = auxiliaries.some((part) => BE.has(part.lower));
  const gerund = main.form === 'gerund';
  const copula = main.pos === 'aux' && BE.has(main.lower);
  const passive = hasBe && !gerund && main.pos === 'verb';
  const hypothetical = parts.filter((part) => HYPOTHETICAL.has(part.lower));
  const kept = parts.filter(
    (part) => part === main || part.pos === 'verb' || part.pos === 'to' || isParticle(part),
  );
  const modal = hypothetical[0];
  const words = copula
    ? [modal === undefined ? 'is' : `${modal.lower} be`]
    : [
        ...(modal === undefined ? [] : [passive ? `${modal.lower} be` : modal.lower]),
        ...kept.map((part) => part.lower),
      ];
  const firstPart = parts[0] as Token;
  const lastPart = parts.findLast((part) => part.text !== '') as Token;
  const finite =
    !infinitive &&
    (auxiliaries.length > 0 ||
      copula ||
      (!gerund && main.pos !== 'aux') ||
      (main.pos === 'aux' && (HAVE.has(main.lower) || DO.has(main.lower))));
  return {
    name: words.join(' '),
    span: { start: firstPart.start, end: lastPart.end },
    passive,
    copula,
    negated,
    finite,
    maybeReduced: parts.length === 1 && (main.form === 'past' || main.form === 'participle'),
    infinitive,
    gerund: gerund && auxiliaries.length === 0,
    hypothetical: hypothetical.length > 0,
  };
}
