/** Words of a sentence with their places, and what typing needs to know about a word. */

import type { Span } from '../../../graph/index.ts';

export interface Word extends Span {
  readonly text: string;
  readonly lower: string;
  /** First letters, enough to tie "directed" to "director". */
  readonly stem: string;
  readonly shape: Shape;
}

export type Shape = 'capital' | 'lower' | 'digit' | 'mark';

const WORD =
  /\p{Lu}\.(?!\p{L}{2})(?:\p{Lu}\.)*|['’]s(?![\p{L}\p{N}])|[\p{L}\p{M}\p{N}]+(?:(?!['’]s(?![\p{L}\p{N}]))['’.\-–/][\p{L}\p{M}\p{N}]+)*|[^\s]/gu;

export function wordsOf(text: string): Word[] {
  return [...text.matchAll(WORD)].map((match) => {
    const lower = match[0].toLowerCase();
    return {
      text: match[0],
      start: match.index,
      end: match.index + match[0].length,
      lower,
      stem: cueStem(lower),
      shape: shapeOf(match[0]),
    };
  });
}

function shapeOf(word: string): Shape {
  if (/^\p{N}/u.test(word)) return 'digit';
  if (/^[\p{Lu}\p{Lt}]/u.test(word)) return 'capital';
  return /^\p{L}/u.test(word) ? 'lower' : 'mark';
}

const SUFFIX =
  /(?:ations?|itions?|utions?|ments?|ances?|ences?|ings?|ions?|ers?|ors?|ists?|ists?|eds?|ies|ity|ives?|ally|ial|al|es|s|e|y|d)$/;

/** Cuts endings until a stem of at least four letters is left: directed, director, direction -> direct. */
export function cueStem(word: string): string {
  let stem = IRREGULAR.get(word) ?? word;
  for (let round = 0; round < 2; round += 1) {
    const cut = stem.replace(SUFFIX, '');
    if (cut.length < 4) break;
    stem = cut;
  }
  return stem;
}

/** Forms of one word that share too few letters. */
const IRREGULAR = new Map<string, string>(
  Object.entries({
    born: 'birth',
    died: 'death',
    dead: 'death',
    dies: 'death',
    die: 'death',
    wrote: 'writer',
    written: 'writer',
    writes: 'writer',
    write: 'writer',
    writing: 'writer',
    won: 'winner',
    wins: 'winner',
    win: 'winner',
    winning: 'winner',
    held: 'holder',
    holds: 'holder',
    hold: 'holder',
    led: 'leader',
    leads: 'leader',
    lead: 'leader',
    leading: 'leader',
    spoke: 'speaker',
    spoken: 'speaker',
    speaks: 'speaker',
    taught: 'teacher',
    teaches: 'teacher',
    bought: 'buyer',
    built: 'builder',
    build: 'builder',
    sung: 'singer',
    sang: 'singer',
    sings: 'singer',
    flew: 'flight',
    flown: 'flight',
    flies: 'flight',
    chose: 'choice',
    chosen: 'choice',
    began: 'beginning',
    begun: 'beginning',
    sold: 'seller',
    made: 'maker',
    makes: 'maker',
    based: 'based',
    film: 'filming',
    films: 'filming',
    shot: 'filming',
    filmed: 'filming',
    member: 'member',
    members: 'member',
  }),
);

const STOP = new Set(
  `a an the of in on at to for from by with and or but nor as is are was were be been being has have had do
  does did this that these those it its he she they his her their him them who whom whose which what where
  when while after before during into onto over under than then there here also not no so such both each
  i we you our your my me us will would can could may might must shall should about against between`.split(
    /\s+/,
  ),
);

export function isStopWord(lower: string): boolean {
  return STOP.has(lower);
}

/** Small words that stand inside names: "Lord of the Rings". */
const LINKS = new Set(
  `of the and in for at de la le du des da do dos von van der den di del el al on to a an ' & : - – . , 's ! ?
  with from by ’s`.split(/\s+/),
);

export function isNameLink(lower: string): boolean {
  return LINKS.has(lower);
}
