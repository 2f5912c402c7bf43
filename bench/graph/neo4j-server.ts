/** Where the benches find a Neo4j: in the environment, or as `npm run servers` left it. */
import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';

export interface Neo4jServer {
  readonly url: string;
  readonly user: string;
  readonly password: string;
  /** Of `npm run servers`; undefined for a server that somebody else runs. */
  readonly folder: string | undefined;
}

/** Throws if there is none. */
export function neo4jServer(): Neo4jServer {
  const { NEO4J_URL: url, NEO4J_USER: user = 'neo4j', NEO4J_PASSWORD: password = '' } = process.env;
  if (url) return { url, user, password, folder: undefined };
  const env = { ...started(), ...process.env };
  if (!env.GRAPHBLEND_TEST_NEO4J_URL) {
    throw new Error(
      'There is no Neo4j: run "npm run servers", or set NEO4J_URL and NEO4J_PASSWORD.',
    );
  }
  return {
    url: env.GRAPHBLEND_TEST_NEO4J_URL,
    user: env.GRAPHBLEND_TEST_NEO4J_USER ?? 'neo4j',
    password: env.GRAPHBLEND_TEST_NEO4J_PASSWORD ?? '',
    folder: env.GRAPHBLEND_TEST_NEO4J_FOLDER,
  };
}

function started(): Record<string, string | undefined> {
  const file = resolve(import.meta.dirname, '../../.servers/env');
  if (!existsSync(file)) return {};
  const lines = readFileSync(file, 'utf8').split('\n');
  return Object.fromEntries(
    lines.flatMap((line) => {
      const [, name, value] = /^(\w+)=(.*)$/.exec(line) ?? [];
      return name === undefined ? [] : [[name, value]];
    }),
  );
}
