/** Where things lie under GRAPHBLEND_HOME. */
import { join } from 'node:path';

export const blobFolder = (home: string): string => join(home, 'blobs');
/** Uploads on their way in; same file system as the blobs, so that they can be renamed. */
export const incomingFolder = (home: string): string => join(home, 'incoming');
export const kvFolder = (home: string): string => join(home, 'kv');
export const modelCacheFolder = (home: string): string => join(home, 'model-cache');
