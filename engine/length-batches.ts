/** Batches that need no padding. */

/** Tokens per run: fills the matrix products without outgrowing the caches. */
const batchTokens = 1024;

/** Indices of texts, grouped so that all texts of a group have the same number of tokens. */
export function batchesOfEqualLength(ids: readonly (readonly number[])[]): number[][] {
  const order = ids.map((_, i) => i).sort((a, b) => ids[a]!.length - ids[b]!.length || a - b);
  const batches: number[][] = [];
  for (const i of order) {
    const batch = batches.at(-1);
    const length = ids[i]!.length;
    const fits =
      batch && ids[batch[0]!]!.length === length && (batch.length + 1) * length <= batchTokens;
    if (fits) batch.push(i);
    else batches.push([i]);
  }
  return batches;
}
