/** Documents read by a model: an estimate first, then one job a document. */
import { estimateReading, tripleModelOf, type ReadingEstimate } from '../../ingest/index.ts';
import {
  readingEstimateSchema,
  readingJobsSchema,
  readingRequestSchema,
  readingStartSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { route, type Route } from '../route.ts';
import { documentOf, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Schema';

export function modelReadingRoutes(platform: Platform): Route[] {
  const { stores, engine, config, statements } = platform;
  const model = tripleModelOf(engine.client, config.remoteReader);
  const wanted = (workspaceId: string, ids: readonly string[] | undefined): readonly string[] => {
    workspaceOf(platform, workspaceId);
    for (const id of ids ?? []) documentOf(platform, workspaceId, id);
    return ids ?? statements.documentIds(workspaceId);
  };
  return [
    route({
      method: 'post',
      path: '/v1/workspaces/{ws}/model-reading/estimate',
      tag,
      summary: 'What it takes to have documents read by the model: tokens, time, money',
      params: workspaceParams,
      body: readingRequestSchema,
      responses: { 200: { description: 'The estimate', schema: readingEstimateSchema } },
      handle: async ({ params, body }) => ({
        body: estimateView(
          estimateReading(params.ws, wanted(params.ws, body.document_ids), stores, model),
        ),
      }),
    }),
    route({
      method: 'post',
      path: '/v1/workspaces/{ws}/model-reading',
      tag,
      summary:
        "Have documents read by the model; its facts take the place of the rules' chunk by chunk",
      params: workspaceParams,
      body: readingStartSchema,
      responses: { 202: { description: 'One job a document', schema: readingJobsSchema } },
      handle: async ({ params, body }) => {
        const jobs = await statements.readWithModel(
          params.ws,
          wanted(params.ws, body.document_ids),
        );
        return { status: 202, body: { model: model.name, job_ids: jobs.map(({ id }) => id) } };
      },
    }),
  ];
}

function estimateView(estimate: ReadingEstimate) {
  return {
    model: estimate.model,
    documents: estimate.documents,
    chunks: estimate.chunks,
    cached_chunks: estimate.cachedChunks,
    prompt_tokens: estimate.promptTokens,
    output_tokens: estimate.outputTokens,
    seconds: estimate.seconds ?? null,
    cost_usd: estimate.cost ?? null,
  };
}
