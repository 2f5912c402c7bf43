/**
 * The name that a text is about, where it says so at once: "Pearl Jam is an American rock band ...",
 * "The Lake District (also ...) is ...". For texts that come without a title of their own.
 */

/** Words with a capital or a number; small words may stand between them. */
const NAME = String.raw`[\p{Lu}\p{N}][\p{L}\p{M}\p{N}.'’&-]*`;
const SMALL = String.raw`(?:(?:of|the|and|de|la|van|von|du|in|for|a|to|on|at|&)\s+){0,2}`;
/** Between the name and its verb: brackets, sounds, a short insertion. */
const ASIDE = String.raw`["”’]?(?:\s*\([^)]{0,200}\)|\s*/[^/]{1,80}/)*(?:,[^.;]{1,80},)?`;
const VERB = String.raw`\s*(?:is|was|are|were|refers)\b`;
const OPENING = new RegExp(
  String.raw`^["“‘]?(?:(?:The|An?)\s+)?(${NAME}(?:,?\s+${SMALL}${NAME})*)${ASIDE}${VERB}`,
  'u',
);
/** They begin texts that were cut out of longer ones, or about nothing that has a name. */
const NO_NAME =
  /^(?:I|He|She|It|We|You|They|His|Her|Its|Our|Their|This|That|These|Those|There|Here|What|Who|When|Where|In|On|At|From|After|Before|During|Since|As|If|By|For|With|To|Most|Many|Some|All|Both|Each|One|Two)\b/u;

const LOOKED_AT = 400;
const LONGEST_TITLE = 80;

/** '' where the text does not open with a name. */
export function openingTitle(text: string): string {
  const name = OPENING.exec(text.trimStart().slice(0, LOOKED_AT))?.[1] ?? '';
  return name.length > LONGEST_TITLE || NO_NAME.test(name) ? '' : name.replace(/[.,]$/u, '');
}
