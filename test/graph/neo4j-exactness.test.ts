/** The real Neo4j and SQLite hold the same, line by line, after any history. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import type { EdgePage, GraphStore } from '../../graph/index.ts';
import { withIdentity } from '../../graph/index.ts';
import { openBareStores } from './bare-stores.ts';
import type { OpenedBare } from './bare-stores.ts';
import { histories, newModel, runSteps, writtenAfresh } from './graph-model.ts';
import { identityExactnessContract } from './identity-exactness.contract.ts';
import { NEEDS_NEO4J, hasNeo4j, testNeo4jStore } from './neo4j.ts';

// Each write is several round trips to a server: on a busy machine the properties take their time.
vi.setConfig({ testTimeout: 180_000 });

describe.skipIf(!hasNeo4j)(`Neo4j (${NEEDS_NEO4J})`, () => {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-neo4j-'));
  let sqlite: OpenedBare | undefined;
  let neo4j: GraphStore | undefined;
  const stores = async () => {
    sqlite ??= openBareStores(home);
    neo4j ??= testNeo4jStore();
    return { graph: neo4j, identity: sqlite.identity };
  };

  identityExactnessContract('Neo4j', stores, 6);

  it('holds the same lines as SQLite, and streams the same edges', async () => {
    const { graph, identity } = await stores();
    let run = 0;
    await fc.assert(
      fc.asyncProperty(histories(), async (steps) => {
        const made = newModel(withIdentity(graph, identity), identity, `ws_both_${run++}`);
        await runSteps(made, steps);
        const inNeo4j = await graph.dump(made.workspaceId);
        const edges = await edgeLines(graph, made.workspaceId);
        const other = withIdentity(sqlite!.graph, identity);
        await writtenAfresh({ ...made, graph: other });
        expect(inNeo4j).toEqual(await other.dump(made.workspaceId));
        expect(edges).toEqual(await edgeLines(other, made.workspaceId));
        expect(await graph.stats(made.workspaceId)).toEqual(await other.stats(made.workspaceId));
      }),
      { numRuns: 8 },
    );
  });

  afterAll(async () => {
    await neo4j?.close();
    sqlite?.close();
    rmSync(home, { recursive: true, force: true });
  });
});

/** What the pages say, with ids in place of the numbers of the stream. */
async function edgeLines(store: GraphStore, workspaceId: string): Promise<string[]> {
  const lines = new Set<string>();
  const ids = { entities: new Map<number, string>(), chunks: new Map<number, string>() };
  const facts = new Map<number, string>();
  const line = (...fields: unknown[]) => lines.add(JSON.stringify(fields));
  const readers: { [Kind in EdgePage['kind']]: (page: Extract<EdgePage, { kind: Kind }>) => void } =
    {
      entities: (page) => page.keys.forEach((key, i) => ids.entities.set(key, page.ids[i]!)),
      chunks: (page) =>
        page.keys.forEach((key, i) =>
          ids.chunks.set(key, `${page.documentIds[i]!}/${page.ids[i]!}`),
        ),
      facts: (page) =>
        page.keys.forEach((key, i) => {
          facts.set(key, page.ids[i]!);
          const [subject, object] = [page.subjects[i]!, page.objects[i]!].map((end) =>
            ids.entities.get(end),
          );
          line('fact', page.ids[i], subject, page.relations[i], object, page.negated[i]);
        }),
      supports: (page) =>
        page.chunks.forEach((chunk, i) =>
          line('support', ids.chunks.get(chunk), facts.get(page.facts[i]!), page.confidence[i]),
        ),
      mentions: (page) =>
        page.chunks.forEach((chunk, i) =>
          line('mention', ids.chunks.get(chunk), ids.entities.get(page.entities[i]!)),
        ),
    };
  for await (const page of store.edges!(workspaceId)) readers[page.kind](page as never);
  return [...lines].sort();
}
