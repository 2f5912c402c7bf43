import type { EngineClient } from '../../cache/index.ts';
import type { Entity, GraphStore } from '../../graph/index.ts';

/** Embedding is the expensive part: about a thousand names take ten seconds on a laptop. */
const MOST = 1_000;
const BATCH = 32;

/** Unit embeddings of the names of the most mentioned entities; each name is embedded once. */
export class NameVectors {
  readonly #engine: Pick<EngineClient, 'embed'>;
  readonly #byName = new Map<string, Float32Array>();

  constructor(engine: Pick<EngineClient, 'embed'>) {
    this.#engine = engine;
  }

  /** By entity id. Throws the signal's reason when aborted. */
  async of(
    graph: GraphStore,
    workspaceId: string,
    signal?: AbortSignal,
  ): Promise<Map<string, Float32Array>> {
    const entities = await namedMost(graph, workspaceId);
    const names = entities.map(({ name }) => name).filter((name) => !this.#byName.has(name));
    for (let i = 0; i < names.length; i += BATCH) {
      const batch = names.slice(i, i + BATCH);
      const vectors = await this.#engine.embed(batch, 'query', signal);
      batch.forEach((name, j) => this.#byName.set(name, vectors[j]!));
    }
    return new Map(entities.map(({ id, name }) => [id, this.#byName.get(name)!]));
  }
}

async function namedMost(graph: GraphStore, workspaceId: string): Promise<Entity[]> {
  const found: Entity[] = [];
  for (let after: string | undefined; found.length < MOST;) {
    const page = await graph.entities(workspaceId, {}, { limit: 200, after });
    found.push(...page.data.filter(({ type }) => type !== 'date' && type !== 'quantity'));
    if (!page.hasMore) break;
    after = page.data.at(-1)?.id;
  }
  return found.slice(0, MOST);
}
