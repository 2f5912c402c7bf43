export { BlobStore } from './blobs.ts';
export { blobFolder, incomingFolder, kvFolder, modelCacheFolder } from './home.ts';
export { IngestService, type Accepted, type NewDocument } from './ingest-service.ts';
export { fetchDocument, mediaTypeOfName } from './parse/index.ts';
export { openQueue, type JobQueue } from './queue/index.ts';
export { replaceFile } from './replace-file.ts';
export { STAGES } from './stages.ts';
export { startIngestThread, type IngestThread } from './thread.ts';
