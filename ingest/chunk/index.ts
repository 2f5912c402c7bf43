/** Parsed documents -> chunks with stable ids. */

export { chunkDocument, type ChunkRequest } from './chunk-document.ts';
export { chunkPromptText } from './prompt-text.ts';
export { splitSentences } from './split-sentences.ts';
