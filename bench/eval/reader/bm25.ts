/** Okapi BM25 over a few thousand passages in memory (Robertson & Zaragoza 2009), to stand beside vectors. */
const K1 = 1.5;
const B = 0.75;

export interface Bm25 {
  /** One score a passage. */
  scores(query: string): Float64Array;
}

export function bm25(passages: readonly string[]): Bm25 {
  const lengths = new Float64Array(passages.length);
  const postings = new Map<string, Map<number, number>>();
  passages.forEach((passage, i) => {
    for (const word of words(passage)) {
      lengths[i]!++;
      const counts = postings.get(word) ?? new Map<number, number>();
      counts.set(i, (counts.get(i) ?? 0) + 1);
      postings.set(word, counts);
    }
  });
  const meanLength = lengths.reduce((a, b) => a + b, 0) / passages.length;
  return {
    scores(query) {
      const out = new Float64Array(passages.length);
      for (const word of new Set(words(query))) {
        const counts = postings.get(word);
        if (!counts) continue;
        const idf = Math.log(1 + (passages.length - counts.size + 0.5) / (counts.size + 0.5));
        for (const [i, n] of counts)
          out[i]! += (idf * n * (K1 + 1)) / (n + K1 * (1 - B + (B * lengths[i]!) / meanLength));
      }
      return out;
    },
  };
}

function words(text: string): string[] {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}
