/** The cross-encoder in the engine's thread as a reranker. */
import type { EngineClient } from '../cache/index.ts';
import type { Reranker } from './types.ts';

/** Time that reranking may take of a question's; what is read by then counts. */
const BUDGET_MS = 500;

/** `undefined` if the engine has none. */
export function engineReranker(engine: EngineClient): Reranker | undefined {
  if (!engine.rerank) return undefined;
  const rerank = engine.rerank.bind(engine);
  return {
    rerank: (question, texts, signal) => rerank({ question, texts, budgetMs: BUDGET_MS }, signal),
  };
}
