/** The real Neo4j of `npm run servers`, for suites that need it. */
import { randomUUID } from 'node:crypto';
import { connectNeo4j, neo4jGraphStore } from '../../graph/index.ts';
import type { GraphStore, Neo4jOptions } from '../../graph/index.ts';

const {
  GRAPHBLEND_TEST_NEO4J_URL: url = '',
  GRAPHBLEND_TEST_NEO4J_USER: user = 'neo4j',
  GRAPHBLEND_TEST_NEO4J_PASSWORD: password = '',
} = process.env;

export const hasNeo4j = url !== '';
export const NEEDS_NEO4J = 'needs GRAPHBLEND_TEST_NEO4J_URL: run `npm run servers`';

/** Another namespace for each store: it finds nothing of other tests. */
export function neo4jOptions(namespace: string = randomUUID()): Neo4jOptions {
  return { url, user, password, namespace };
}

export function testNeo4jStore(namespace?: string): GraphStore {
  return neo4jGraphStore(connectNeo4j(neo4jOptions(namespace)));
}
