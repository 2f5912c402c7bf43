/** Parsed documents -> chunks with stable ids. */

export { chunkDocument, type ChunkRequest } from './chunk-document.ts';
export { splitSentences } from './split-sentences.ts';
