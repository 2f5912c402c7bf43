import { z } from 'zod';
import { statusSchema, type Status } from '../contract/index.ts';
import { graphAnswers } from '../graph-stats.ts';
import type { Metrics } from '../metrics.ts';
import { packageVersion } from '../package-root.ts';
import type { Platform } from '../platform.ts';
import { HttpError } from '../problems.ts';
import { route, type Route } from '../route.ts';

const tag = 'System';
const text = { description: 'Text', contentType: 'text/plain', schema: z.string() };

/** Probes need no key: they say nothing but yes or no. */
export function probeRoutes(platform: Platform, isDraining: () => boolean): Route[] {
  return [
    route({
      method: 'get',
      path: '/livez',
      tag,
      summary: 'The process runs',
      responses: { 200: text },
      handle: async ({ response }) => {
        response.type('text/plain').send('ok\n');
        return undefined;
      },
    }),
    route({
      method: 'get',
      path: '/readyz',
      tag,
      summary: 'A write works and the engine answers',
      responses: { 200: text },
      handle: async ({ response }) => {
        const failure = platform.failure();
        if (failure || isDraining()) {
          throw new HttpError(
            503,
            'not_ready',
            failure?.message ?? 'The server is shutting down',
            'Ask another instance, or wait for the restart.',
          );
        }
        platform.stores.corpus.probe();
        response.type('text/plain').send('ok\n');
        return undefined;
      },
    }),
  ];
}

export function systemRoutes(platform: Platform, metrics: Metrics): Route[] {
  return [
    route({
      method: 'get',
      path: '/metrics',
      tag,
      summary: 'Prometheus metrics',
      responses: { 200: text },
      handle: async ({ response }) => {
        response.type(metrics.contentType).send(await metrics.text());
        return undefined;
      },
    }),
    route({
      method: 'get',
      path: '/v1/status',
      tag,
      summary: 'Models, stores, caches and queues of this server',
      responses: { 200: { description: 'The status', schema: statusSchema } },
      handle: async () => ({ body: await status(platform) }),
    }),
  ];
}

const NO_KV = {
  entries: 0,
  diskBytes: 0,
  ramBytes: 0,
  hits: 0,
  misses: 0,
  pinnedBytes: 0,
  prefixes: { bytes: 0 },
  storing: true,
  writeFailures: 0,
};

async function status(platform: Platform): Promise<Status> {
  const { client } = platform.engine;
  const [stats, queue] = await Promise.all([
    // An engine that has ended cannot be asked; the status is to say so, not to fail.
    client.kvStats().catch(() => undefined),
    platform.queue.counts(),
  ]);
  const kv = stats ?? NO_KV;
  const { reader, embedder } = client.info;
  return {
    version: packageVersion(),
    ready: platform.failure() === undefined && stats !== undefined,
    reader: {
      name: reader.name,
      parameters: reader.parameters,
      layers: reader.layers,
      weights: reader.weights,
      max_positions: reader.maxPositions,
      fingerprint: reader.fingerprint,
    },
    embedder: { ...embedder },
    stores: {
      graph: platform.stores.graph.kind,
      graph_available: await graphAnswers(platform.stores.graph),
      queue: platform.queue.kind,
      vectors: platform.config.neo4j?.indices ? 'neo4j' : 'hnswlib',
      lexical: platform.config.neo4j?.indices ? 'neo4j' : 'fts5',
    },
    kv: {
      entries: kv.entries,
      disk_bytes: kv.diskBytes,
      ram_bytes: kv.ramBytes,
      hits: kv.hits,
      misses: kv.misses,
      pinned_bytes: kv.pinnedBytes,
      prompt_bytes: kv.prefixes.bytes,
      storing: kv.storing,
      write_failures: kv.writeFailures,
    },
    queue: { waiting: queue.waiting, active: queue.active, delayed: queue.delayed },
    process: {
      rss_bytes: process.memoryUsage.rss(),
      uptime_seconds: process.uptime(),
      threads: platform.config.threads,
    },
  };
}
