/**
 * The CaRB score of open information extraction (Bhardwaj, Aggarwal, Mausam: "CaRB: A Crowdsourced Benchmark for
 * Open IE", EMNLP 2019), by the rules of its reference scorer's default match ("binary lenient tuple match").
 *
 * A tuple is compared word by word: relation with relation, first argument with first argument, the further ones
 * joined with the further ones joined. For each confidence threshold precision pairs system and gold tuples one to
 * one (best precision first), recall gives every gold tuple its best system tuple; the threshold with the highest
 * F1 is reported, and the area under the curve.
 */

export interface OpenTuple {
  /** Words parted by white space, as in the gold file. */
  readonly relation: string;
  readonly args: readonly string[];
  readonly confidence: number;
}

/** Tuples by the sentence they were read from. */
export type TuplesBySentence = ReadonlyMap<string, readonly OpenTuple[]>;

export interface CarbScore {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly auc: number;
  /** Tuples below this confidence are left out at the best F1. */
  readonly threshold: number;
}

export interface PairScore {
  readonly precision: number;
  readonly recall: number;
}

const NO_MATCH: PairScore = { precision: 0, recall: 0 };
const FORMS_OF_BE = ['be', 'is', 'am', 'are', 'was', 'were', 'been', 'being'];
/** In a gold relation these let who said it and what was said change places. */
const SAID = ['said', 'told', 'added', 'adds', 'says'];
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
const PTB_BRACKETS: readonly (readonly [string, string])[] = [
  ['-LRB-', '('],
  ['-RRB-', ')'],
  ['-LSB-', '['],
  ['-RSB-', ']'],
  ['-LCB-', '{'],
  ['-RCB-', '}'],
];

export function carbScore(gold: TuplesBySentence, predicted: TuplesBySentence): CarbScore {
  const system = byKey(predicted);
  const thresholds = [
    ...new Set([...system.values()].flat().map((tuple) => tuple.confidence)),
  ].sort((a, b) => a - b);
  const curve = new Curve(thresholds);
  for (const [key, references] of byKey(gold)) curve.add(references, system.get(key) ?? []);
  return curve.best();
}

/** Precision and recall of one system tuple against one gold tuple. */
export function pairScore(gold: OpenTuple, system: OpenTuple): PairScore {
  const reference = joined(gold.args);
  const straight = lenientMatch(gold.relation, reference, system.relation, joined(system.args));
  if (!SAID.some((verb) => gold.relation.includes(verb))) return straight;
  const [first, ...rest] = system.args;
  const swapped = rest.length > 0 ? [rest.join(' '), first ?? ''] : system.args;
  const reverse = lenientMatch(gold.relation, reference, system.relation, swapped);
  return later(straight, reverse) ? reverse : straight;
}

function later(a: PairScore, b: PairScore): boolean {
  return b.precision === a.precision ? b.recall > a.recall : b.precision > a.precision;
}

function joined(args: readonly string[]): readonly string[] {
  return args.length < 2 ? args : [args[0] ?? '', args.slice(1).join(' ')];
}

function lenientMatch(
  goldRelation: string,
  goldArgs: readonly string[],
  relation: string,
  args: readonly string[],
): PairScore {
  if (args.length < Math.min(goldArgs.length, 2)) return NO_MATCH;
  const goldWords = wordsOf(goldRelation);
  const words = wordsOf(relation);
  let predictedTotal = words.length;
  let goldTotal = goldWords.length;
  let matched = takeMatches(goldWords, words);
  if (words.includes('be') && FORMS_OF_BE.some((form) => goldWords.includes(form))) matched += 1;
  if (matched === 0) return NO_MATCH;
  for (const [index, arg] of goldArgs.entries()) {
    const goldPart = wordsOf(arg);
    goldTotal += goldPart.length;
    const part = wordsOf(args[index] ?? '');
    predictedTotal += part.length;
    matched += takeMatches(goldPart, part);
  }
  return {
    precision: predictedTotal === 0 ? 0 : matched / predictedTotal,
    recall: goldTotal === 0 ? 0 : matched / goldTotal,
  };
}

/** How many gold words are among `words`; each is taken out of `words` once it is matched. */
function takeMatches(gold: readonly string[], words: string[]): number {
  let matched = 0;
  for (const word of gold) {
    const at = words.indexOf(word);
    if (at < 0) continue;
    words.splice(at, 1);
    matched += 1;
  }
  return matched;
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** Sentences are the same when they agree without blanks, brackets' escapes and ASCII punctuation; the last one counts. */
function byKey(tuples: TuplesBySentence): Map<string, readonly OpenTuple[]> {
  return new Map([...tuples].map(([sentence, list]) => [sentenceKey(sentence), list]));
}

function sentenceKey(sentence: string): string {
  let key = sentence.replaceAll(' ', '');
  for (const [escape, bracket] of PTB_BRACKETS) key = key.replaceAll(escape, bracket);
  return key.replace(PUNCTUATION, '');
}

/** Sums over sentences at every confidence threshold. */
class Curve {
  readonly #thresholds: readonly number[];
  readonly #place: ReadonlyMap<number, number>;
  // Differences: entry i is what changes from threshold i - 1 to i.
  readonly #precision: Float64Array;
  readonly #predicted: Float64Array;
  readonly #recall: Float64Array;
  #gold = 0;

  constructor(thresholds: readonly number[]) {
    this.#thresholds = thresholds;
    this.#place = new Map(thresholds.map((value, index) => [value, index]));
    this.#precision = new Float64Array(thresholds.length + 1);
    this.#predicted = new Float64Array(thresholds.length + 1);
    this.#recall = new Float64Array(thresholds.length + 1);
  }

  add(gold: readonly OpenTuple[], system: readonly OpenTuple[]): void {
    const scores = gold.map((reference) => system.map((tuple) => pairScore(reference, tuple)));
    this.#gold += gold.length;
    let from = 0;
    for (const confidence of [...new Set(system.map((tuple) => tuple.confidence))].sort(
      (a, b) => a - b,
    )) {
      const to = (this.#place.get(confidence) ?? 0) + 1;
      const kept = system.flatMap((tuple, index) =>
        tuple.confidence >= confidence ? [index] : [],
      );
      addRange(this.#precision, from, to, greedyPrecision(scores, kept));
      addRange(this.#predicted, from, to, kept.length);
      addRange(this.#recall, from, to, bestRecall(scores, kept));
      from = to;
    }
  }

  best(): CarbScore {
    const points = this.#points();
    let best = { precision: 0, recall: 0, f1: 0, threshold: 0 };
    for (const point of points) if (point.f1 > best.f1) best = point;
    return { ...best, auc: areaUnder(points) };
  }

  #points(): (Omit<CarbScore, 'auc'> & { f1: number })[] {
    let [precisionSum, predicted, recallSum] = [0, 0, 0];
    return this.#thresholds.map((threshold, index) => {
      precisionSum += this.#precision[index] ?? 0;
      predicted += this.#predicted[index] ?? 0;
      recallSum += this.#recall[index] ?? 0;
      const precision = predicted > 0 ? precisionSum / predicted : 1;
      const recall = this.#gold > 0 ? recallSum / this.#gold : 0;
      const sum = precision + recall;
      return { precision, recall, f1: sum > 0 ? (2 * precision * recall) / sum : 0, threshold };
    });
  }
}

function addRange(differences: Float64Array, from: number, to: number, value: number): void {
  differences[from] = (differences[from] ?? 0) + value;
  differences[to] = (differences[to] ?? 0) - value;
}

function bestRecall(scores: readonly (readonly PairScore[])[], kept: readonly number[]): number {
  let sum = 0;
  for (const row of scores) {
    let best = 0;
    for (const column of kept) best = Math.max(best, row[column]?.recall ?? 0);
    sum += best;
  }
  return sum;
}

/** Pairs gold and system tuples one to one, the highest precision first; ties go to the earlier pair. */
function greedyPrecision(
  scores: readonly (readonly PairScore[])[],
  kept: readonly number[],
): number {
  const rows = new Set(scores.keys());
  const columns = new Set(kept);
  let sum = 0;
  while (rows.size > 0 && columns.size > 0) {
    let best = { row: -1, column: -1, precision: -1 };
    for (const row of rows)
      for (const column of columns) {
        const precision = scores[row]?.[column]?.precision ?? 0;
        if (precision > best.precision) best = { row, column, precision };
      }
    rows.delete(best.row);
    columns.delete(best.column);
    sum += best.precision;
  }
  return sum;
}

/** Trapezoids over recall, from the lowest threshold to the added point (recall 0, precision 1). */
function areaUnder(points: readonly PairScore[]): number {
  let area = 0;
  const closed = [...points, { precision: 1, recall: 0 }];
  for (const [index, point] of closed.entries()) {
    const next = closed[index + 1];
    if (next !== undefined)
      area += ((point.recall - next.recall) * (point.precision + next.precision)) / 2;
  }
  return area;
}
