export { BlobStore } from './blobs.ts';
export { blobFolder, incomingFolder, kvFolder, modelCacheFolder, modelsFolder } from './home.ts';
export { pinDocument } from './pin-document.ts';
export { IngestService, type Accepted, type NewDocument } from './ingest-service.ts';
export { fetchDocument, mediaTypeOfName } from './parse/index.ts';
export { previewDeletion, previewUpdate } from './preview-update.ts';
export type { NewContent, UpdatePreview } from './preview-update.ts';
export { IdentityService, watchForMerges } from './resolve/index.ts';
export {
  estimateReading,
  tripleModelOf,
  type ReadingEstimate,
  type RemoteReaderOptions,
} from './model-extract/index.ts';
export { openQueue, type JobQueue } from './queue/index.ts';
export { replaceFile } from './replace-file.ts';
export { functionalRelations, importSchema, schemaOfInput, withSchema } from './schema/index.ts';
export { formerEmbedderFolder } from './refresh.ts';
export { STAGES } from './stages.ts';
export { StatementService } from './statement-service.ts';
export { syncGraphStore } from './sync-graph.ts';
export { withTitles } from './titles/index.ts';
export { startIngestThread, type IngestThread } from './thread.ts';
