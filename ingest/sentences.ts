/** Embeds the sentences of chunks, each by itself. */
import type { EngineClient } from '../cache/index.ts';
import type { Chunk } from '../graph/index.ts';

/** By chunk id, in the order of `Chunk.sentences`. Throws what the engine throws. */
export async function sentencesOf(
  chunks: readonly Chunk[],
  engine: Pick<EngineClient, 'embed'>,
  signal: AbortSignal,
): Promise<Map<string, Float32Array[]>> {
  const texts = chunks.flatMap(({ text, start, sentences }) =>
    sentences.map((span) => text.slice(span.start - start, span.end - start)),
  );
  if (texts.length === 0) return new Map();
  const vectors = await engine.embed(texts, 'passage', signal);
  let next = 0;
  return new Map(
    chunks.map(({ id, sentences }) => [id, vectors.slice(next, (next += sentences.length))]),
  );
}
