/** Where this home keeps models, and how many threads they get. */
import { readConfig } from '../../../api/index.ts';
import { findModel } from '../../../engine/index.ts';
import { modelCacheFolder, modelsFolder } from '../../../ingest/index.ts';

export interface Places {
  readonly models: string;
  readonly cache: string;
  readonly threads: number;
}

export function places(): Places {
  const { home, threads } = readConfig(process.env);
  return { models: modelsFolder(home), cache: modelCacheFolder(home), threads };
}

/** Loading options of a model by its name or folder. */
export function modelOptions(what: string): { folder: string; cacheDir: string; threads: number } {
  const { models, cache, threads } = places();
  return { folder: findModel(models, what), cacheDir: cache, threads };
}
