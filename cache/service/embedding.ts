/** The encoders' work in the engine's thread, in slices that let answers in between. */
import {
  PRIORITY,
  type CrossEncoderRunner,
  type EmbedderRunner,
  type Serving,
} from '../../engine/index.ts';
import type { EmbedKind, RerankRequest } from '../service-types.ts';

/** Texts embedded in one slice: as many as take about as long as a layer of the reader. */
const FIRST_BATCH = 4;
const MOST_TEXTS = 64;
const SLICE_MS = 30;
/** Pairs scored in one slice. */
const RERANK_BATCH = 4;

type IsCancelled = () => boolean;

export async function embedInTurns(
  runner: EmbedderRunner,
  texts: readonly string[],
  kind: EmbedKind,
  serving: Serving,
  isCancelled: IsCancelled,
): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  const priority = kind === 'query' ? PRIORITY.query : PRIORITY.ingest;
  let size = FIRST_BATCH;
  for (let i = 0; i < texts.length;) {
    const batch = texts.slice(i, i + size);
    const slice = () => timed(() => runner.embed(batch, kind, isCancelled));
    const { result, ms } = await serving.take(priority, slice, isCancelled);
    vectors.push(...result);
    i += batch.length;
    if (ms > SLICE_MS) size = Math.max(1, size >> 1);
    else if (ms < SLICE_MS / 3) size = Math.min(MOST_TEXTS, size * 2);
  }
  return vectors;
}

function timed<T>(slice: () => T): { readonly result: T; readonly ms: number } {
  const began = performance.now();
  const result = slice();
  return { result, ms: performance.now() - began };
}

/** Scores of the first texts, as many as the time allows. */
export async function rerankInTurns(
  runner: CrossEncoderRunner,
  { question, texts, budgetMs }: RerankRequest,
  serving: Serving,
  isCancelled: IsCancelled,
): Promise<number[]> {
  const began = performance.now();
  const scores: number[] = [];
  for (let i = 0; i < texts.length; i += RERANK_BATCH) {
    if (i > 0 && performance.now() - began >= budgetMs) break;
    const batch = texts.slice(i, i + RERANK_BATCH);
    const slice = () => runner.score(question, batch, isCancelled);
    scores.push(...(await serving.take(PRIORITY.query, slice, isCancelled)));
  }
  return scores;
}
