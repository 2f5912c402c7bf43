/** How a chunk stands in a prompt: its heading path, a line break, its text, an empty line. */
import type { Chunk } from './types.ts';

type Headed = Pick<Chunk, 'headingPath'>;

export function chunkPromptHeader(chunk: Headed): string {
  return `${chunk.headingPath.join(' > ')}\n`;
}

/** The text whose tokens are fixed at ingest; ends in an empty line, so chunks can be joined as ids. */
export function chunkPromptText(chunk: Headed & Pick<Chunk, 'text'>): string {
  return `${chunkPromptHeader(chunk)}${chunk.text}\n\n`;
}
