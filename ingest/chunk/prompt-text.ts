import type { Chunk } from '../../graph/index.ts';

/** What the reader sees of a chunk. Token counts, embeddings and cached keys and values all belong to this text. */
export function chunkPromptText(chunk: Pick<Chunk, 'headingPath' | 'text'>): string {
  return `${chunk.headingPath.join(' > ')}\n${chunk.text}\n\n`;
}
