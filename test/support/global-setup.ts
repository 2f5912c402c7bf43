/** Runs once before all suites; says which real servers the run will use. */
export default function setup(): void {
  const redis = process.env.GRAPHBLEND_TEST_REDIS_URL;
  console.log(
    redis ? `redis: ${redis}` : 'redis: none (its suites are skipped; run `npm run servers` first)',
  );
}
