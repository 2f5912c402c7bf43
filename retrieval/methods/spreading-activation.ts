/**
 * Spreading activation (Collins and Loftus, 1975) over mentions: the best chunks are active, pass a share on to the
 * entities they mention, these to the chunks that mention them, and so on for a few pulses. What many share gets little.
 */
import { rankedBy } from './ranked-by.ts';
import type { RetrievalMethod, RetrievalRun } from './types.ts';

const STARTS = 5;
const PULSES = 2;
/** Share of its activation that a node passes on. */
const DECAY = 0.5;
/** Chunks that are active enough to pass something on. */
const ACTIVE = 30;

export const bySpreadingActivation: RetrievalMethod = async (run, first) => {
  const activation = new Map(first.map(({ chunk, score }) => [chunk.id, score]));
  let active = new Map(first.slice(0, STARTS).map(({ chunk, score }) => [chunk.id, score]));
  for (let pulse = 0; pulse < PULSES && active.size > 0; pulse++) {
    active = await pulseFrom(run, active);
    for (const [id, amount] of active) activation.set(id, (activation.get(id) ?? 0) + amount);
  }
  return rankedBy(run, first, activation);
};

async function pulseFrom(
  { parts, workspaceId, settings }: RetrievalRun,
  active: ReadonlyMap<string, number>,
): Promise<Map<string, number>> {
  const { graph } = parts;
  const mentions = await graph.mentionsOfChunks(workspaceId, [...active.keys()]);
  const entitiesOf = distinctPairs(mentions, 'chunkId', 'entityId');
  const entities = new Map<string, number>();
  for (const [chunkId, ids] of entitiesOf) {
    const passed = (DECAY * active.get(chunkId)!) / Math.sqrt(ids.size);
    for (const id of ids) entities.set(id, (entities.get(id) ?? 0) + passed);
  }
  const frequency = await graph.chunkFrequency(workspaceId, [...entities.keys()]);
  const rare = [...entities.keys()].filter(
    (id) => (frequency.get(id) ?? 0) <= settings.commonEntity,
  );
  const elsewhere = await graph.mentionsOfEntities(workspaceId, rare, settings.commonEntity);
  const next = new Map<string, number>();
  for (const [entityId, ids] of distinctPairs(elsewhere, 'entityId', 'chunkId')) {
    const passed = (DECAY * entities.get(entityId)!) / ids.size;
    for (const id of ids) if (!active.has(id)) next.set(id, (next.get(id) ?? 0) + passed);
  }
  return new Map([...next].toSorted((a, b) => b[1] - a[1]).slice(0, ACTIVE));
}

function distinctPairs<T>(
  items: readonly T[],
  key: keyof T,
  value: keyof T,
): Map<string, Set<string>> {
  const pairs = new Map<string, Set<string>>();
  for (const item of items) {
    const id = String(item[key]);
    pairs.set(id, (pairs.get(id) ?? new Set()).add(String(item[value])));
  }
  return pairs;
}
