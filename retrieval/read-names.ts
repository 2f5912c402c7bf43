/**
 * Names in a question that no chunk writes that way: misspelt, or in another spelling. They are looked up among the
 * names of entities by embedding, and the nearest that is also written alike takes their place. Questions whose words
 * all stand in the workspace are left as they are, and cost nothing.
 */
import {
  foldText,
  type LexicalIndex,
  type SearchFilter,
  type GraphTextIndex,
} from '../graph/index.ts';
import { words, wordTerms } from './words.ts';

export interface ReadName {
  readonly written: string;
  /** The entity's name it was taken for. */
  readonly name: string;
}

export interface NameReading {
  readonly question: string;
  readonly read: readonly ReadName[];
}

export interface NameReader {
  readonly lexical: Pick<LexicalIndex, 'documentFrequency'>;
  readonly names: Pick<GraphTextIndex, 'search'>;
  /** As questions are embedded, by the embedder whose vectors are searched. */
  readonly embed: (texts: readonly string[]) => Promise<readonly Float32Array[]>;
  readonly embedder?: string;
}

/** Names compared with each that is written. */
const NEAREST = 60;
/** Share of their pairs of letters that two spellings of a name have in common at least (Dice). */
const ALIKE = 0.55;
/** The same for words in lower case, which need not be names, and for all of a list, each part of which may be one. */
const MUCH_ALIKE = 0.8;

/** The question with the names it means, and what was read as what. */
export async function readNames(
  reader: NameReader,
  workspaceId: string,
  question: string,
  filter?: SearchFilter,
): Promise<NameReading> {
  const runs = await unknownNames(reader.lexical, workspaceId, question);
  if (runs.length === 0) return { question, read: [] };
  const nearest = await nearestNames(
    reader,
    workspaceId,
    runs.flatMap(({ whole, parts }) => [whole, ...parts]),
    filter,
  );
  const nameOf = (written: string, least: number): ReadName[] => {
    const name = mostAlike(written, nearest.get(written) ?? [], least);
    return name === undefined ? [] : [{ written, name }];
  };
  const read = runs.flatMap(({ whole, parts }) => {
    if (parts.length === 0) return nameOf(whole, /\p{Lu}/u.test(whole) ? ALIKE : MUCH_ALIKE);
    const asOne = nameOf(whole, MUCH_ALIKE);
    return asOne.length > 0 ? asOne : parts.flatMap((part) => nameOf(part, ALIKE));
  });
  const corrected = read.reduce(
    (text, each) => text.replace(each.written, () => each.name),
    question,
  );
  return { question: corrected, read };
}

async function nearestNames(
  { names, embed, embedder }: NameReader,
  workspaceId: string,
  written: readonly string[],
  filter: SearchFilter | undefined,
): Promise<Map<string, string[]>> {
  const vectors = await embed(written);
  const options = { limit: NEAREST, filter, embedder };
  const found = await Promise.all(
    vectors.map((vector) => names.search(workspaceId, 'name', vector, options)),
  );
  return new Map(written.map((each, i) => [each, found[i]!.map(({ text }) => text)]));
}

interface UnknownName {
  readonly whole: string;
  /** Between commas, if there are any: those with a word that no chunk writes. */
  readonly parts: readonly string[];
}

/** A word, and words in a row that may be one name: with capitals or numbers, small words between them. */
const WORD = /[\p{L}\p{N}][\p{L}\p{M}\p{N}.'’-]*/gu;
const SMALL = /^(?:of|the|and|de|la|van|von|du|der|di|da)$/u;

interface Token {
  readonly start: number;
  readonly end: number;
  readonly folded: readonly string[];
  readonly isSmall: boolean;
  readonly isNamed: boolean;
}

/** The words that stand in no chunk, with the words of the name around them. */
async function unknownNames(
  lexical: NameReader['lexical'],
  workspaceId: string,
  question: string,
): Promise<UnknownName[]> {
  if (!lexical.documentFrequency) return [];
  const tokens = tokensOf(question);
  const asked = new Set(tokens.flatMap(({ folded }) => folded.filter(carriesMeaning)));
  const frequency = await lexical.documentFrequency(workspaceId, [...asked]);
  const isUnknown = ({ folded }: Token): boolean =>
    folded.some((word) => asked.has(word) && (frequency.get(word) ?? 0) === 0);
  const textOf = (run: readonly Token[]): string => question.slice(run[0]!.start, run.at(-1)!.end);
  const alone = tokens.filter((token) => !token.isNamed && isUnknown(token));
  return [...runsOf(tokens), ...alone.map((token) => [token])]
    .filter((run) => run.some(isUnknown))
    .map((run) => {
      const parts = splitAtCommas(run, question);
      return {
        whole: textOf(run),
        parts: parts.length > 1 ? parts.filter((part) => part.some(isUnknown)).map(textOf) : [],
      };
    });
}

function tokensOf(question: string): Token[] {
  return [...question.matchAll(WORD)].map((match, i) => ({
    start: match.index,
    end: match.index + match[0].length,
    folded: words(match[0]),
    isSmall: SMALL.test(match[0]),
    isNamed: i > 0 && /^[\p{Lu}\p{N}]/u.test(match[0]),
  }));
}

/** Longest runs of tokens that are written as names, small words between them. */
function runsOf(tokens: readonly Token[]): Token[][] {
  const runs: Token[][] = [];
  let run: Token[] = [];
  let small: Token[] = [];
  for (const token of tokens) {
    if (token.isNamed) {
      run.push(...small, token);
      small = [];
    } else if (token.isSmall && run.length > 0) small.push(token);
    else {
      if (run.length > 0) runs.push(run);
      [run, small] = [[], []];
    }
  }
  return run.length > 0 ? [...runs, run] : runs;
}

function splitAtCommas(run: readonly Token[], question: string): Token[][] {
  const parts: Token[][] = [[]];
  run.forEach((token, i) => {
    const before = i === 0 ? '' : question.slice(run[i - 1]!.end, token.start);
    if (before.includes(',')) parts.push([]);
    parts.at(-1)!.push(token);
  });
  return parts;
}

function carriesMeaning(word: string): boolean {
  return word.length > 2 && wordTerms(word).length > 0;
}

function mostAlike(written: string, names: readonly string[], least: number): string | undefined {
  const wanted = pairsOf(written);
  const alike = names.map((name) => dice(wanted, pairsOf(name)));
  const most = Math.max(...alike, 0);
  return most >= least ? names[alike.indexOf(most)] : undefined;
}

function pairsOf(text: string): Map<string, number> {
  const letters = Array.from(
    ` ${foldText(text)
      .replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
      .trim()} `,
  );
  const pairs = new Map<string, number>();
  for (let i = 1; i < letters.length; i++) {
    const pair = letters[i - 1]! + letters[i]!;
    pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
  }
  return pairs;
}

function dice(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): number {
  let common = 0;
  let all = 0;
  for (const count of a.values()) all += count;
  for (const [pair, count] of b) {
    all += count;
    common += Math.min(count, a.get(pair) ?? 0);
  }
  return all === 0 ? 0 : (2 * common) / all;
}
