/** Neo4j that goes away: under the server, and in the middle of an ingest (a share of `bench/crash/neo4j-kill.ts`). */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  factSchema,
  jobSchema,
  pageSchema,
  searchResponseSchema,
  statusSchema,
} from '../../api/contract/index.ts';
import { neo4jKillRun } from '../../bench/crash/neo4j-ingest.ts';
import { mortalNeo4j, type MortalNeo4j } from '../../bench/crash/neo4j-server.ts';
import { seededRandom } from '../../bench/crash/random.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

const folder = process.env.GRAPHBLEND_TEST_NEO4J_FOLDER;

describe.skipIf(!folder)('Neo4j that is killed (needs `npm run servers`)', () => {
  let neo4j: MortalNeo4j;
  let server: TestServer;
  let api: ApiClient;
  let ws: string;

  beforeAll(async () => {
    neo4j = await mortalNeo4j(folder!);
    server = await startServer({
      env: { NEO4J_URL: neo4j.options.url, NEO4J_PASSWORD: neo4j.options.password },
    });
    api = new ApiClient(server.url);
    ws = (await api.createWorkspace('Outage')).id;
    await api.ingest(
      ws,
      'one.txt',
      'Colin Archer designed the Fram. The Fram was built in Larvik.',
    );
  }, 180_000);
  afterAll(async () => {
    await server?.stop();
    await neo4j?.remove();
  });

  const search = async () =>
    exactly(
      searchResponseSchema,
      await api.json('POST', `/v1/workspaces/${ws}/search`, { question: 'Who designed the Fram?' }),
      200,
    );
  const facts = () => api.get(`/v1/workspaces/${ws}/facts`, pageSchema(factSchema));

  test('leaves a server that goes on by words and vectors, says so, lets jobs wait, and catches up', async () => {
    expect((await api.get('/v1/status', statusSchema)).stores).toMatchObject({
      graph: 'neo4j',
      graph_available: true,
    });
    const before = await facts();
    expect(before.data.length).toBeGreaterThan(0);
    expect((await search()).degraded).toBeUndefined();

    await neo4j.kill();
    const degraded = await search();
    expect(degraded.degraded).toEqual(['graph']);
    expect(degraded.hits.length).toBeGreaterThan(0);
    problem(await api.json('GET', `/v1/workspaces/${ws}/facts`), 503, 'graph_unavailable');
    expect((await api.get('/v1/status', statusSchema)).stores.graph_available).toBe(false);
    expect((await api.json('GET', `/v1/workspaces/${ws}`)).status).toBe(200);
    const text = 'Otto Sverdrup commanded the Fram. Otto Sverdrup was born in Bindal.';
    const taken = (await api.upload(ws, 'two.txt', text)).body as { job: { id: string } };
    const path = `/v1/jobs/${taken.job.id}`;
    while ((await api.get(path, jobSchema)).stage !== 'waiting_for_graph') await sleep(50);

    await neo4j.start();
    expect((await api.waitForJob(taken.job.id)).state).toBe('succeeded');
    expect((await facts()).data.length).toBeGreaterThan(before.data.length);
    expect((await search()).degraded).toBeUndefined();
  }, 180_000);

  test('in the middle of an ingest loses nothing, doubles nothing, and the jobs go on', async () => {
    const result = await neo4jKillRun(neo4j, {
      kills: 1,
      ahead: 3,
      betweenKills: 2,
      random: seededRandom(3),
    });
    expect(result.failedJobs).toEqual([]);
    expect(result.differences).toEqual([]);
    expect(result.sawWaiting).toBe(true);
    expect(result.dumpLines).toBeGreaterThan(50);
  }, 240_000);
});
