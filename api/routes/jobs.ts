import type { JobRecord } from '../../graph/index.ts';
import { jobQuerySchema, jobSchema, pageQuerySchema, pageSchema } from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { route, type Route } from '../route.ts';
import { eventStream } from '../sse.ts';
import { jobView } from '../views/corpus.ts';
import { itemParams, jobOf, pageOf } from './parameters.ts';

const tag = 'Jobs';
const one = { description: 'The job', schema: jobSchema };
/** Jobs run in another thread or process: their row is looked at this often for each listener. */
const WATCH_MS = 200;

export function jobRoutes(platform: Platform): Route[] {
  const { corpus } = platform.stores;
  return [
    route({
      method: 'get',
      path: '/v1/jobs',
      tag,
      summary: 'List jobs, newest first',
      query: pageQuerySchema.extend(jobQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(jobSchema) } },
      handle: async ({ query }) => {
        const page = corpus.jobs(
          {
            workspaceId: query.workspace_id,
            documentId: query.document_id,
            states: query.state && [query.state],
          },
          query,
        );
        const views = await Promise.all(page.data.map((job) => jobView(platform, job)));
        return { body: pageOf(views, page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/jobs/{id}',
      tag,
      summary: 'Read a job',
      params: itemParams,
      responses: { 200: one },
      handle: async ({ params }) => ({ body: await jobView(platform, jobOf(platform, params.id)) }),
    }),
    route({
      method: 'get',
      path: '/v1/jobs/{id}/stream',
      tag,
      summary: 'Follow a job: events "job.updated", ending after its final state',
      params: itemParams,
      responses: {
        200: { description: 'Events', contentType: 'text/event-stream', schema: jobSchema },
      },
      handle: async ({ params, response }) => {
        jobOf(platform, params.id);
        const stream = eventStream(response);
        const closed = new AbortController();
        stream.onClose(() => closed.abort());
        for (let last = ''; !closed.signal.aborted; await pause(WATCH_MS)) {
          const job = corpus.job(params.id);
          if (!job) break;
          const view = await jobView(platform, job);
          const text = JSON.stringify(view);
          if (text !== last) stream.send('job.updated', view);
          last = text;
          if (isFinal(job)) break;
        }
        stream.end();
        return undefined;
      },
    }),
    route({
      method: 'post',
      path: '/v1/jobs/{id}/cancel',
      tag,
      summary: 'Cancel a job; a finished one stays as it is',
      params: itemParams,
      responses: { 200: one },
      handle: async ({ params }) => {
        jobOf(platform, params.id);
        return { body: await jobView(platform, await platform.ingest.cancel(params.id)) };
      },
    }),
    route({
      method: 'post',
      path: '/v1/jobs/{id}/retry',
      tag,
      summary: 'Run a failed or canceled job again',
      params: itemParams,
      responses: { 202: one },
      handle: async ({ params }) => {
        jobOf(platform, params.id);
        return {
          status: 202,
          body: await jobView(platform, await platform.ingest.retry(params.id)),
        };
      },
    }),
  ];
}

function isFinal(job: JobRecord): boolean {
  return job.state === 'succeeded' || job.state === 'failed' || job.state === 'canceled';
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
