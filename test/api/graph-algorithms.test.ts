/** The routes over a real store, without the engine that a whole server starts. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  communitySchema,
  pageSchema,
  pathsSchema,
  rankedSchema,
  ruleSchema,
} from '../../api/contract/index.ts';
import { openApiDocument } from '../../api/openapi.ts';
import type { Platform } from '../../api/platform.ts';
import { problemHandler } from '../../api/problems.ts';
import { mount } from '../../api/route.ts';
import { graphAnalysisRoutes } from '../../api/routes/graph-analysis.ts';
import { entityId } from '../../graph/index.ts';
import type { ExtractedTriple, Stores } from '../../graph/index.ts';
import { testStores } from '../graph/fixtures.ts';
import { ingest } from '../graph/ingesting.ts';
import { ApiClient, problem } from '../support/client.ts';

type Said = readonly [subject: string, relation: string, object: string];

/** A document of one sentence for each fact. */
async function say(
  { corpus, graph }: Stores,
  workspaceId: string,
  key: string,
  facts: readonly Said[],
): Promise<string> {
  const sentences = facts.map((words) => `${words.join(' ')}.`);
  const { documentId, publication } = ingest(corpus, workspaceId, key, key, sentences);
  const extractions = publication.chunks.map((chunk, i) => {
    const [subject, relation, object] = facts[i]!;
    const place = (text: string) => {
      const start = chunk.start + chunk.text.indexOf(text);
      return { start, end: start + text.length };
    };
    const end = (name: string) => ({ name, type: 'thing' as const, span: place(name) });
    const triple: ExtractedTriple = {
      subject: end(subject),
      relation: { name: relation, span: place(relation) },
      object: end(object),
      confidence: 0.8,
      negated: false,
      sentence: { start: chunk.start, end: chunk.end },
    };
    const mentions = [triple.subject, triple.object].map((each) => ({
      ...each,
      surface: each.name,
    }));
    return { chunkId: chunk.id, mentions, triples: [triple] };
  });
  await graph.replaceDocument(workspaceId, documentId, extractions);
  return documentId;
}

/** Two cliques of ships with one fact between them, and rules that hold in both. */
const HARBOURS: Said[] = ['North', 'South'].flatMap((side): Said[] => {
  const names = ['One', 'Two', 'Three', 'Four'].map((number) => `${side} ${number}`);
  const beside = names.flatMap((a, i) => names.slice(i + 1).map((b): Said => [a, 'beside', b]));
  return [...beside, ...names.map((name): Said => [name, 'lies in', `${side} Harbour`])];
});
const BRIDGE: Said = ['North One', 'sailed to', 'South One'];

describe('graph algorithms over HTTP', () => {
  let stores: Stores;
  let server: Server;
  let api: ApiClient;
  let base: string;
  let ws: string;
  let north: string;

  beforeEach(async () => {
    stores = testStores();
    ws = stores.corpus.createWorkspace({ name: 'Harbours' }).id;
    base = `/v1/workspaces/${ws}/graph`;
    north = await say(stores, ws, 'harbours', HARBOURS);
    await say(stores, ws, 'bridge', [BRIDGE]);
    const app = express();
    app.use((request, response, next) => {
      request.id = 'req_test';
      response.setHeader('X-Request-Id', 'req_test');
      next();
    });
    mount(app, graphAnalysisRoutes({ stores } as Platform));
    app.use(problemHandler);
    server = app.listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    api = new ApiClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  });

  afterEach(() => new Promise((resolve) => server.close(resolve)));

  const id = (name: string): string => entityId(ws, name);

  test('communities are what is closely linked, with sentences that say so', async () => {
    const { data } = await api.get(`${base}/communities`, pageSchema(communitySchema));
    expect(data).toHaveLength(2);
    for (const community of data) {
      expect(community).toMatchObject({ entity_count: 5, fact_count: 10, parent_id: null });
      const [side] = community.entities[0]!.name.split(' ');
      expect(community.entities.map(({ name }) => name.split(' ')[0])).toEqual(Array(5).fill(side));
      expect(community.summary.length).toBeGreaterThan(2);
      for (const { text, chunk_id: chunkId, span, document_id: documentId } of community.summary) {
        const [chunk] = stores.corpus.chunks(ws, [chunkId]);
        expect(chunk!.text.slice(span.start - chunk!.start, span.end - chunk!.start)).toBe(text);
        expect([documentId, text.split(' ')[0]]).toEqual([north, side]);
      }
    }
    const asked = [id('South Two'), id('North Harbour'), 'ent_none'].join();
    const some = await api.get(
      `${base}/communities?entity_ids=${asked}`,
      pageSchema(communitySchema),
    );
    expect(some.data.flatMap(({ contains }) => contains).sort()).toEqual(
      [id('South Two'), id('North Harbour')].sort(),
    );
  });

  test('communities come in pages and follow a deletion', async () => {
    const first = await api.get(`${base}/communities?limit=1`, pageSchema(communitySchema));
    expect([first.data.length, first.has_more]).toEqual([1, true]);
    const all = await api.all(`${base}/communities?min_size=1`, communitySchema);
    expect(all.map(({ entity_count: count }) => count)).toEqual([5, 5]);
    await stores.graph.removeDocument(ws, north);
    const left = await api.get(`${base}/communities?min_size=2`, pageSchema(communitySchema));
    expect(left.data.map(({ entity_count: count }) => count)).toEqual([2]);
    problem(
      await api.json('GET', `${base}/communities?after=com_none`),
      404,
      'page_cursor_not_found',
    );
  });

  test('a path is found between two entities, by id or by name', async () => {
    const found = await api.get(
      `${base}/paths?from=${id('North Harbour')}&to=South%20harbour`,
      pathsSchema,
    );
    expect(found.complete).toBe(true);
    expect(found.paths).toHaveLength(1);
    const [path] = found.paths;
    expect(path!.entities.map(({ name }) => name)).toEqual([
      'North Harbour',
      'North One',
      'South One',
      'South Harbour',
    ]);
    expect(path!.facts.map(({ relation }) => relation)).toEqual([
      'lies in',
      'sailed to',
      'lies in',
    ]);
    expect(path!.forward).toEqual([false, true, true]);
    expect(path!.facts[1]!.support[0]!.sentence_text).toBe('North One sailed to South One.');
    const short = `${base}/paths?from=North%20Harbour&to=South%20Harbour&max_length=2`;
    expect((await api.get(short, pathsSchema)).paths).toEqual([]);
    problem(
      await api.json('GET', `${base}/paths?from=Nobody&to=North%20One`),
      404,
      'entity_not_found',
    );
  });

  test('entities are ranked by each measure, page after page', async () => {
    for (const by of ['pagerank', 'degree', 'betweenness']) {
      const ranked = await api.all(`${base}/ranking?by=${by}`, rankedSchema);
      expect(ranked.map(({ rank }) => rank)).toEqual(ranked.map((_, i) => i + 1));
      expect(ranked).toHaveLength(10);
      expect(new Set(ranked.slice(0, 2).map(({ entity }) => entity.name))).toEqual(
        new Set(['North One', 'South One']),
      );
      const scores = ranked.map(({ score }) => score);
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
      const rest = await api.get(
        `${base}/ranking?by=${by}&limit=3&after=${ranked[1]!.id}`,
        pageSchema(rankedSchema),
      );
      expect(rest.data).toEqual(ranked.slice(2, 5));
      expect(rest.has_more).toBe(true);
    }
    const none = await api.get(`${base}/ranking?type=person`, pageSchema(rankedSchema));
    expect(none.data).toEqual([]);
  });

  test('rules are mined from the facts and can be narrowed', async () => {
    const rules = await api.all(`${base}/rules?relation=Lies%20in`, ruleSchema);
    expect(rules[0]).toMatchObject({
      text: 'beside(x, z) & lies in(z, y) => lies in(x, y)',
      head: 'lies in',
      support: 6,
      confidence: 1,
      pca_confidence: 1,
      head_coverage: 0.75,
    });
    expect(rules.every((rule) => rule.head === 'lies in' && rule.support >= 3)).toBe(true);
    const sure = await api.all(`${base}/rules?min_confidence=1&min_support=7`, ruleSchema);
    expect(sure.every((rule) => rule.pca_confidence === 1 && rule.support >= 7)).toBe(true);
  });

  test('an empty workspace has nothing, an unknown one is not found, and bad input is refused', async () => {
    const empty = stores.corpus.createWorkspace({ name: 'Empty' }).id;
    for (const [what, schema] of [
      ['communities', communitySchema],
      ['ranking', rankedSchema],
      ['rules', ruleSchema],
    ] as const) {
      const page = await api.get(`/v1/workspaces/${empty}/graph/${what}`, pageSchema(schema));
      expect(page).toEqual({ data: [], has_more: false, last_id: null });
      const nowhere = await api.json('GET', `/v1/workspaces/ws_none/graph/${what}`);
      problem(nowhere, 404, 'workspace_not_found');
      problem(await api.json('GET', `${base}/${what}?limit=0`), 400);
      problem(await api.json('GET', `${base}/${what}?colour=red`), 400);
    }
    problem(await api.json('GET', `${base}/paths?from=x`), 400);
  });

  test('every route is in the OpenAPI document', () => {
    const document = openApiDocument(graphAnalysisRoutes({ stores } as Platform)) as {
      paths: Record<string, { get: { responses: Record<string, unknown> } }>;
    };
    for (const what of ['communities', 'paths', 'ranking', 'rules']) {
      expect(
        document.paths[`/v1/workspaces/{ws}/graph/${what}`]!.get.responses['200'],
      ).toBeDefined();
    }
  });

  test('a large graph is computed in a thread, once for all who wait', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `Ship ${i}`);
    const facts = names.flatMap((a, i) => names.slice(i + 1).map((b): Said => [a, 'beside', b]));
    await say(stores, ws, 'fleet', facts);
    await say(stores, ws, 'fleet again', facts.map(([a, , b]): Said => [b, 'follows', a])); // prettier-ignore
    expect((await stores.adjacency.of(ws))!.factCount).toBeGreaterThan(3_000);
    const pages = await Promise.all(
      [1, 2].map(() => api.get(`${base}/communities`, pageSchema(communitySchema))),
    );
    expect(pages[0]!.data[0]!.entity_count).toBe(60);
    expect(pages[1]).toEqual(pages[0]);
  });
});
