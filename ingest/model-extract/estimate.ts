/** What reading documents with a model will take, told before it starts. */

import type { CorpusStore, SchemaStore } from '../../graph/index.ts';
import { tripleRequest } from './prompt.ts';
import { replyKey } from './read-document.ts';
import type { TripleModel } from './types.ts';

export interface ReadingEstimate {
  readonly model: string;
  readonly documents: number;
  readonly chunks: number;
  /** Of these, read before by the same model with the same question: free. */
  readonly cachedChunks: number;
  /** Of the chunks that are not cached; about. */
  readonly promptTokens: number;
  /** At most. */
  readonly outputTokens: number;
  /** At most; undefined where nobody said how fast the model is. */
  readonly seconds: number | undefined;
  /** US dollars, at most; undefined where no price is configured. */
  readonly cost: number | undefined;
}

/** Instructions and form are in English: about four characters a token. */
const CHARS_A_TOKEN = 4;
/** Reading a prompt is faster than writing, by about this factor. */
const PROMPT_SPEED = 10;

export function estimateReading(
  workspaceId: string,
  documentIds: readonly string[],
  { corpus, schemas }: { readonly corpus: CorpusStore; readonly schemas: SchemaStore },
  model: TripleModel,
): ReadingEstimate {
  const schema = schemas.schema(workspaceId)?.schema;
  let [chunks, cachedChunks, promptTokens, outputTokens] = [0, 0, 0, 0];
  for (const documentId of documentIds)
    for (const chunk of corpus.chunks(workspaceId, corpus.chunkIds(workspaceId, documentId))) {
      const request = tripleRequest(chunk, schema);
      chunks += 1;
      if (schemas.cachedReply(replyKey(model, request)) !== undefined) {
        cachedChunks += 1;
        continue;
      }
      const extra = request.system.length + request.user.length - chunk.text.length;
      promptTokens += chunk.tokenCount + Math.ceil(extra / CHARS_A_TOKEN);
      outputTokens += request.maxTokens;
    }
  const { price, tokensPerSecond: speed } = model;
  return {
    model: model.name,
    documents: documentIds.length,
    chunks,
    cachedChunks,
    promptTokens,
    outputTokens,
    seconds: speed && Math.ceil((outputTokens + promptTokens / PROMPT_SPEED) / speed),
    cost: price && (promptTokens * price.input + outputTokens * price.output) / 1e6,
  };
}
