/** Prometheus metrics of this process. */
import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Platform } from './platform.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts requests and their duration by route pattern, never by path: ids would flood the registry. */
  readonly observe: RequestHandler;
}

export function metricsOf(platform: Platform): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'graphblend_' });
  const requests = new Counter({
    name: 'graphblend_http_requests_total',
    help: 'Requests by route and status',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const duration = new Histogram({
    name: 'graphblend_http_request_seconds',
    help: 'Time to the end of the response',
    labelNames: ['route'],
    buckets: [0.005, 0.02, 0.1, 0.5, 2, 10],
    registers: [registry],
  });
  addGauges(registry, platform);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    observe: (request, response, next) => {
      const stop = duration.startTimer();
      response.once('finish', () => {
        const route = (request.route as { path?: string } | undefined)?.path ?? 'other';
        stop({ route });
        requests.inc({ method: request.method, route, status: response.statusCode });
      });
      next();
    },
  };
}

function addGauges(registry: Registry, platform: Platform): void {
  const gauge = (name: string, help: string, read: () => Promise<number>): void => {
    const made = new Gauge({
      name: `graphblend_${name}`,
      help,
      registers: [registry],
      async collect() {
        // One that cannot be read (an engine that has ended) must not hide the others.
        made.set(await read().catch(() => 0));
      },
    });
  };
  const kv = () => platform.engine.client.kvStats();
  gauge('kv_entries', 'Chunk caches on disk', async () => (await kv()).entries);
  gauge('kv_disk_bytes', 'Bytes of chunk caches on disk', async () => (await kv()).diskBytes);
  gauge('kv_ram_bytes', 'Bytes of chunk caches in memory', async () => (await kv()).ramBytes);
  gauge('kv_hits', 'Chunk caches found since the start', async () => (await kv()).hits);
  gauge('kv_misses', 'Chunk caches not found since the start', async () => (await kv()).misses);
  gauge(
    'kv_passed_over',
    'Stored chunk caches computed all the same, being slow to load',
    async () => (await kv()).passedOver,
  );
  gauge(
    'kv_pinned_bytes',
    'Bytes of chunk caches on disk that are pinned',
    async () => (await kv()).pinnedBytes,
  );
  gauge(
    'kv_write_failures',
    'Chunk caches that could not be written to the disk since the start',
    async () => (await kv()).writeFailures,
  );
  gauge(
    'kv_storing',
    '0 while the disk takes no more chunk caches: answers go on, nothing is stored',
    async () => Number((await kv()).storing),
  );
  gauge(
    'kv_shared_hits',
    'Chunk caches found in the shared store',
    async () => (await kv()).shared?.hits ?? 0,
  );
  gauge(
    'kv_shared_misses',
    'Chunk caches not found in the shared store',
    async () => (await kv()).shared?.misses ?? 0,
  );
  gauge(
    'kv_shared_failures',
    'Failed reads and writes of the shared store',
    async () => (await kv()).shared?.failures ?? 0,
  );
  const serving = async () => (await kv()).serving;
  gauge('model_requests', 'Answers under way or waiting', async () => (await serving()).requests);
  gauge(
    'model_waiting_tokens',
    'Prompt tokens that wait to be read',
    async () => (await serving()).waitingPrefillTokens,
  );
  gauge(
    'model_refused',
    'Answers refused since the start, for want of room or time',
    async () => (await serving()).refused,
  );
  gauge(
    'model_sequence_bytes',
    'Memory of the prompts and answers under way',
    async () => (await serving()).kvBytes,
  );
  const prefixes = async () => (await kv()).prefixes;
  gauge(
    'kv_prompt_bytes',
    'Bytes of rows kept of earlier prompts',
    async () => (await prefixes()).bytes,
  );
  gauge(
    'kv_prompt_hits',
    'Prompts that went on from rows of an earlier one',
    async () => (await prefixes()).hits,
  );
  gauge(
    'kv_prompt_misses',
    'Prompts that found no rows to go on from',
    async () => (await prefixes()).misses,
  );
  gauge(
    'kv_prompt_reused_rows',
    'Rows that earlier prompts saved computing',
    async () => (await prefixes()).reusedRows,
  );
  gauge(
    'kv_prompt_evictions',
    'Runs of rows of earlier prompts that gave way',
    async () => (await prefixes()).evictions,
  );
  const variants = async () => (await kv()).variants;
  gauge(
    'kv_variants_stored',
    'Chunks stored behind another one since the start',
    async () => (await variants()).stored,
  );
  gauge(
    'kv_variants_tried',
    'Chunks tried behind another one since the start',
    async () => (await variants()).tried,
  );
  gauge(
    'kv_variants_used',
    'Chunks that answers took as stored behind another one',
    async () => (await variants()).used,
  );
  gauge(
    'kv_variants_gain',
    'Mean gain of the first token where it was tried, nats',
    async () => (await variants()).gain ?? 0,
  );
  const fidelity = async () => (await kv()).fidelity;
  gauge('blend_allowed', '1 if the reader passed the self-test of blending', async () =>
    Number((await fidelity()).mayBlend),
  );
  gauge(
    'blend_samples',
    'Blended answers compared with a full read',
    async () => (await fidelity()).samples,
  );
  gauge(
    'blend_agreement',
    'Share of equal tokens in recent comparisons',
    async () => (await fidelity()).agreement ?? 1,
  );
  gauge(
    'blend_first_token_kl',
    'Divergence of the first token in recent comparisons, nats',
    async () => (await fidelity()).firstTokenKl ?? 0,
  );
  gauge(
    'blend_share_fast',
    'Share of cached rows that fast mode recomputes now',
    async () => (await fidelity()).budgets['fast'] ?? 0,
  );
  gauge(
    'blend_share_balanced',
    'Share of cached rows that balanced mode recomputes now',
    async () => (await fidelity()).budgets['balanced'] ?? 0,
  );
  gauge(
    'blend_sample_failures',
    'Comparisons with a full read that could not be made',
    async () => (await fidelity()).failures,
  );
  gauge('queue_waiting', 'Jobs waiting', async () => (await platform.queue.counts()).waiting);
  gauge('queue_active', 'Jobs running', async () => (await platform.queue.counts()).active);
  gauge('answers_open', 'Answers being made', async () => platform.answers.open);
}
