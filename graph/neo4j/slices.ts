/** Rows handed over at a time: a bound on the size of one message. */
const SLICE = 5_000;

export async function inSlices<Row, Result>(
  rows: readonly Row[],
  work: (slice: Row[]) => Promise<Result[]>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (let i = 0; i < rows.length; i += SLICE) {
    for (const result of await work(rows.slice(i, i + SLICE))) results.push(result);
  }
  return results;
}
