/** Questions with their names misspelt, as they are typed in haste: for measuring how names are read. */

/**
 * Every capitalised word of five letters and more, but not the first of the question, gets one mistake: two letters
 * change places, one is left out, or one stands twice. The same seed makes the same mistakes.
 */
export function misspelt(question: string, seed: number): string {
  const random = seeded(seed);
  return question.replaceAll(/(?<=\s)\p{Lu}\p{L}{4,}/gu, (word) => {
    const at = 1 + Math.floor(random() * (word.length - 2));
    const [before, letter, next, after] = [
      word.slice(0, at),
      word[at]!,
      word[at + 1]!,
      word.slice(at + 2),
    ];
    const kinds = [next + letter, next, letter + letter + next];
    return before + kinds[Math.floor(random() * kinds.length)]! + after;
  });
}

/** mulberry32 */
function seeded(seed: number): () => number {
  let state = Math.imul(seed + 1, 0x9e3779b1) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
