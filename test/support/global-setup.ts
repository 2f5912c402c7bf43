/** Runs once before all suites; says which real servers the run will use. */
export default function setup(): void {
  const redis = process.env.GRAPHBLEND_TEST_REDIS_URL;
  console.log(
    redis ? `redis: ${redis}` : 'redis: none (its suites are skipped; run `npm run servers` first)',
  );
  const neo4j = process.env.GRAPHBLEND_TEST_NEO4J_URL;
  console.log(
    neo4j ? `neo4j: ${neo4j}` : 'neo4j: none (its suites are skipped; run `npm run servers` first)',
  );
}
