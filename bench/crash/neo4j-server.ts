/** A Neo4j of its own, which may be killed: the jars are those of `npm run servers`, the data is new. */
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Neo4jOptions } from '../../graph/index.ts';
import { neo4j } from '../../scripts/servers/neo4j.mjs';

export interface MortalNeo4j {
  readonly options: Neo4jOptions;
  /** Its data and the file `pid`. */
  readonly folder: string;
  /** SIGKILL: no clean-up of any kind. */
  kill(): Promise<void>;
  /** At the same address; returns when it answers. */
  start(): Promise<void>;
  remove(): Promise<void>;
}

/**
 * @param installed the folder of `npm run servers`
 * @param memoryGb of the heap, and as much for the page cache
 */
export async function mortalNeo4j(installed: string, memoryGb = 1): Promise<MortalNeo4j> {
  const lib = join(installed, 'lib');
  if (!existsSync(lib)) throw new Error(`${lib} is missing: run "npm run servers" first.`);
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-neo4j-'));
  symlinkSync(lib, join(folder, 'lib'));
  const env = await neo4j.start(folder, { memoryGb });
  const url = env.GRAPHBLEND_TEST_NEO4J_URL!;
  return {
    folder,
    options: { url, user: 'neo4j', password: env.GRAPHBLEND_TEST_NEO4J_PASSWORD! },
    kill: async () => void (await neo4j.kill(folder)),
    start: async () =>
      void (await neo4j.start(folder, { port: Number(new URL(url).port), memoryGb })),
    remove: async () => {
      await neo4j.kill(folder);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
