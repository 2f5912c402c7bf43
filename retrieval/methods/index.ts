import { byWalk } from '../walk.ts';
import { byFactPaths } from './fact-paths.ts';
import { byPageRank } from './page-rank.ts';
import { bySpreadingActivation } from './spreading-activation.ts';
import type { RetrievalMethod } from './types.ts';

export type MethodName = 'walk' | 'page-rank' | 'spreading-activation' | 'fact-paths' | 'none';

/** All there are, by the names of `RetrievalSettings.method`. */
export const METHODS: Readonly<Record<MethodName, RetrievalMethod>> = {
  walk: byWalk,
  'page-rank': byPageRank,
  'spreading-activation': bySpreadingActivation,
  'fact-paths': byFactPaths,
  none: async (_run, first) => first,
};
