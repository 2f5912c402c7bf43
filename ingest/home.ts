/** Where things lie under GRAPHBLEND_HOME. */
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { replaceFile } from './replace-file.ts';

export const blobFolder = (home: string): string => join(home, 'blobs');
/** Uploads on their way in; same file system as the blobs, so that they can be renamed. */
export const incomingFolder = (home: string): string => join(home, 'incoming');
export const kvFolder = (home: string): string => join(home, 'kv');
export const modelCacheFolder = (home: string): string => join(home, 'model-cache');
/** Checkpoints that `graphblend models pull` fetched. */
export const modelsFolder = (home: string): string => join(home, 'models');

/** Tells this home from others; made at the first call. Several processes and threads get the same one. */
export function homeId(home: string): string {
  const path = join(home, 'id');
  return readId(path) ?? makeId(home, path);
}

function makeId(home: string, path: string): string {
  mkdirSync(home, { recursive: true });
  const own = `${path}-${randomUUID()}`;
  replaceFile(own, randomUUID());
  try {
    // Unlike a rename, a link never replaces the id that another process was first to make.
    linkSync(own, path);
  } catch (error) {
    if (readId(path) === undefined) throw error;
  } finally {
    rmSync(own, { force: true });
  }
  return readId(path)!;
}

function readId(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
