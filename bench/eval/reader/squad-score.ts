/** Exact match and F1 of an answer as SQuAD measures them (Rajpurkar et al. 2016, evaluate-v1.1.py). */

/** Lower case, without punctuation, articles and superfluous space. */
export function normalizeAnswer(text: string): string {
  return text
    .toLowerCase()
    .replace(ASCII_PUNCTUATION, '')
    .replace(/\b(?:a|an|the)\b/gu, ' ')
    .split(/\s+/u)
    .filter(Boolean)
    .join(' ');
}

/** Python's `string.punctuation`. */
const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/gu;

export function exactMatch(answer: string, golds: readonly string[]): 0 | 1 {
  const said = normalizeAnswer(answer);
  return golds.some((gold) => normalizeAnswer(gold) === said) ? 1 : 0;
}

/** Whether a gold answer stands in the answer as whole words: the fair measure of readers that speak in sentences. */
export function holdsAnswer(answer: string, golds: readonly string[]): 0 | 1 {
  const said = ` ${normalizeAnswer(answer)} `;
  return golds.some((gold) => said.includes(` ${normalizeAnswer(gold)} `)) ? 1 : 0;
}

/** The best token F1 over the gold answers, 0..1. */
export function tokenF1(answer: string, golds: readonly string[]): number {
  return golds.reduce((best, gold) => Math.max(best, pairF1(answer, gold)), 0);
}

function pairF1(answer: string, gold: string): number {
  const [said, wanted] = [answer, gold].map((text) => normalizeAnswer(text).split(' '));
  const left = new Map<string, number>();
  for (const word of wanted!) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of said!) {
    const n = left.get(word) ?? 0;
    if (n > 0) common++;
    left.set(word, n - 1);
  }
  return (2 * common) / (said!.length + wanted!.length);
}
