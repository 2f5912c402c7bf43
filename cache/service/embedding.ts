/** The encoders' work in the engine's thread, in slices that let answers in between. */
import {
  PRIORITY,
  type CrossEncoderRunner,
  type EmbedderRunner,
  type Serving,
} from '../../engine/index.ts';
import type { EmbedKind, RerankRequest } from '../service-types.ts';

/** Texts embedded in one slice. */
const EMBED_BATCH = 16;
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
  for (let i = 0; i < texts.length; i += EMBED_BATCH) {
    const batch = texts.slice(i, i + EMBED_BATCH);
    const slice = () => runner.embed(batch, kind, isCancelled);
    vectors.push(...(await serving.take(priority, slice, isCancelled)));
  }
  return vectors;
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
