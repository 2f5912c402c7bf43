/**
 * Kills Neo4j again and again while documents are ingested, and compares what it holds at last with a clean
 * write. Needs the jars of `npm run servers`.
 *
 *   tsx bench/crash/neo4j-kill.ts [--kills 20] [--seed 1] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { neo4jServer } from '../graph/neo4j-server.ts';
import { reportOrigin } from '../report.ts';
import { neo4jKillRun } from './neo4j-ingest.ts';
import { mortalNeo4j } from './neo4j-server.ts';
import { seededRandom } from './random.ts';

const { values } = parseArgs({
  options: {
    kills: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const seed = Number(values.seed);
const { folder } = neo4jServer();
if (!folder) throw new Error('The server to be killed needs the jars: run "npm run servers".');

const server = await mortalNeo4j(folder);
try {
  const result = await neo4jKillRun(server, {
    kills: Number(values.kills),
    random: seededRandom(seed),
  });
  const { failedJobs, differences, ...counts } = result;
  console.table([counts]);
  for (const line of [...failedJobs, ...differences].slice(0, 20)) console.log(line);
  const ok = failedJobs.length === 0 && differences.length === 0;
  console.log(ok ? 'equal to a clean write' : 'DIFFERS from a clean write');
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...reportOrigin(seed), result }, undefined, 2)}\n`,
    );
  }
  process.exitCode = ok ? 0 : 1;
} finally {
  await server.remove();
}
