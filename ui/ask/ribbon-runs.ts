/** What the token ribbon and its table share: the kinds of runs and their sums. */
import type { RibbonRun } from '../../api/contract/index.ts';

export const kinds: Record<RibbonRun['kind'], { label: string; colour: string; height: number }> = {
  prefix: { label: 'System prefix, cached', colour: 'var(--run-prefix)', height: 0.42 },
  kept: { label: 'Earlier turn, kept', colour: 'var(--run-kept)', height: 0.42 },
  cached: { label: 'Chunk, from the cache', colour: 'var(--run-cached)', height: 0.42 },
  recomputed: { label: 'Chunk, recomputed', colour: 'var(--run-recomputed)', height: 1 },
  fresh: { label: 'Chunk, computed now', colour: 'var(--run-fresh)', height: 1 },
  question: { label: 'Question', colour: 'var(--run-question)', height: 1 },
  answer: { label: 'Answer', colour: 'var(--run-answer)', height: 1 },
};
export const order = Object.keys(kinds) as RibbonRun['kind'][];

export const tokensOf = (ribbon: RibbonRun[], kind: RibbonRun['kind']) =>
  ribbon.reduce((sum, run) => (run.kind === kind ? sum + run.tokens : sum), 0);

export type RunGroup = { start: number; chunkId: string | null; tokens: number; runs: RibbonRun[] };

/** Neighbouring runs of one chunk, or outside any. */
export function groupByChunk(ribbon: RibbonRun[]): RunGroup[] {
  const groups: RunGroup[] = [];
  let start = 0;
  for (const run of ribbon) {
    const last = groups.at(-1);
    if (last?.chunkId === run.chunk_id) {
      last.tokens += run.tokens;
      last.runs.push(run);
    } else groups.push({ start, chunkId: run.chunk_id, tokens: run.tokens, runs: [run] });
    start += run.tokens;
  }
  return groups;
}
