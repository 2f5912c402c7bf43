/** Extraction with a model: embedded or remote, one pass per chunk. */
export { groundReply } from './ground.ts';
export { tripleRequest } from './prompt.ts';
export { estimateReading, type ReadingEstimate } from './estimate.ts';
export { remoteTripleModel, tripleModelOf } from './models.ts';
export { readWithModel } from './read-document.ts';
export type { RemoteReaderOptions, TripleModel } from './types.ts';
