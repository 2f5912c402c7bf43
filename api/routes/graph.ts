import { factTimes, factsAt, type FunctionalRelation, type GraphStore } from '../../graph/index.ts';
import { functionalRelations } from '../../ingest/index.ts';
import {
  entityQuerySchema,
  entitySchema,
  factQuerySchema,
  factSchema,
  neighbourhoodQuerySchema,
  neighbourhoodSchema,
  pageQuerySchema,
  pageSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { notFound } from '../problems.ts';
import { route, type Route } from '../route.ts';
import { entityView, factViews } from '../views/graph.ts';
import { pageOf, workspaceItemParams, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Graph';

/** Of what an entity has become that was merged away since its id was given out. */
async function currentId(graph: GraphStore, workspaceId: string, id: string): Promise<string> {
  return (await graph.entity(workspaceId, id))?.id ?? id;
}

function functionalOf({ stores }: Platform, workspaceId: string): readonly FunctionalRelation[] {
  return functionalRelations(stores.schemas.schema(workspaceId)?.schema);
}

export function graphRoutes(platform: Platform): Route[] {
  const { corpus, graph } = platform.stores;
  return [
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/entities',
      tag,
      summary: 'List entities, most mentioned first',
      params: workspaceParams,
      query: pageQuerySchema.extend(entityQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(entitySchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const { limit, after, ...filter } = query;
        const page = await graph.entities(params.ws, filter, { limit, after });
        return { body: pageOf(page.data.map(entityView), page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/entities/{id}',
      tag,
      summary: 'Read an entity',
      params: workspaceItemParams,
      responses: { 200: { description: 'The entity', schema: entitySchema } },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        const entity = await graph.entity(params.ws, params.id);
        if (!entity) throw notFound('entity', params.id);
        return { body: entityView(entity) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/entities/{id}/neighbourhood',
      tag,
      summary: 'Entities and facts around an entity',
      params: workspaceItemParams,
      query: neighbourhoodQuerySchema,
      responses: { 200: { description: 'The neighbourhood', schema: neighbourhoodSchema } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const entity = await graph.entity(params.ws, params.id);
        if (!entity) throw notFound('entity', params.id);
        const around = await graph.neighbourhood(params.ws, [entity.id], query);
        const functional = functionalOf(platform, params.ws);
        const times = await factTimes(graph, params.ws, around.facts, functional);
        return {
          body: {
            entities: around.entities.map(entityView),
            facts: factViews(corpus, params.ws, around.facts, times),
            truncated: around.truncated,
          },
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/facts',
      tag,
      summary: 'List facts with the sentences that support them',
      params: workspaceParams,
      query: pageQuerySchema.extend(factQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(factSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const filter = {
          entityId: query.entity_id && (await currentId(graph, params.ws, query.entity_id)),
          documentId: query.document_id,
          chunkId: query.chunk_id,
          relation: query.relation,
        };
        const functional = functionalOf(platform, params.ws);
        const page =
          query.as_of === undefined
            ? await graph.facts(params.ws, filter, query)
            : await factsAt(graph, params.ws, filter, query, query.as_of, functional);
        const times = await factTimes(graph, params.ws, page.data, functional);
        return { body: pageOf(factViews(corpus, params.ws, page.data, times), page.hasMore) };
      },
    }),
  ];
}
