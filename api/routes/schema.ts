/** The schema of a workspace: read, replaced, imported, taken away; and what contracts kept out of the graph. */
import type { RejectedFact } from '../../graph/index.ts';
import { importSchema, schemaOfInput } from '../../ingest/index.ts';
import {
  pageQuerySchema,
  pageSchema,
  rejectedFactQuerySchema,
  rejectedFactSchema,
  rejectionCountsSchema,
  schemaImportSchema,
  workspaceSchemaPutSchema,
  workspaceSchemaSchema,
  type RejectedFact as RejectedFactView,
  type WorkspaceSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { HttpError } from '../problems.ts';
import { route, type Route } from '../route.ts';
import { pageOf, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Schema';
const path = '/v1/workspaces/{ws}/schema';
const one = { description: 'The schema', schema: workspaceSchemaSchema };

export function schemaRoutes(platform: Platform): Route[] {
  const { schemas } = platform.stores;
  return [
    route({
      method: 'get',
      path,
      tag,
      summary: 'Read the schema that the facts of a workspace are stated in',
      params: workspaceParams,
      responses: { 200: one },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        return { body: schemaView(platform, params.ws) };
      },
    }),
    route({
      method: 'put',
      path,
      tag,
      summary:
        'Replace the schema; facts are restated from what was extracted, not extracted again',
      params: workspaceParams,
      body: workspaceSchemaPutSchema,
      responses: { 200: one },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        const { expected_revision: expected, ...input } = body;
        const schema = schemaOfInput(input);
        // Nothing else runs between this and the write.
        const revision = schemas.schema(params.ws)?.revision ?? 0;
        if (expected !== undefined && expected !== revision)
          throw schemaChanged(expected, revision);
        await platform.statements.putSchema(params.ws, schema);
        return { body: schemaView(platform, params.ws) };
      },
    }),
    route({
      method: 'delete',
      path,
      tag,
      summary: 'Take the schema away: facts are stated as the text has them',
      params: workspaceParams,
      responses: { 204: { description: 'Taken away' } },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        await platform.statements.putSchema(params.ws, undefined);
        return { status: 204, body: undefined };
      },
    }),
    route({
      method: 'post',
      path: `${path}/import`,
      tag,
      summary: 'Replace the schema by an ontology: OWL or RDF Schema in Turtle, or JSON',
      params: workspaceParams,
      body: schemaImportSchema,
      responses: { 200: one },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        await platform.statements.putSchema(params.ws, importSchema(body.content));
        return { body: schemaView(platform, params.ws) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/rejected-facts',
      tag,
      summary: 'List triples that were kept out of the graph, with the reason',
      params: workspaceParams,
      query: pageQuerySchema.extend(rejectedFactQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(rejectedFactSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const filter = { reason: query.reason, documentId: query.document_id };
        const page = schemas.rejections(params.ws, filter, query);
        return { body: pageOf(page.data.map(rejectedView), page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/rejected-facts/counts',
      tag,
      summary: 'Count the triples that were kept out of the graph, by reason',
      params: workspaceParams,
      responses: { 200: { description: 'The counts', schema: rejectionCountsSchema } },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        const counts = schemas.rejectionCounts(params.ws);
        const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
        return { body: { total, by_reason: counts } };
      },
    }),
  ];
}

function schemaChanged(expected: number, revision: number): HttpError {
  return new HttpError(
    409,
    'schema_changed',
    `The schema was changed meanwhile: it is at revision ${revision}, not ${expected}`,
    'Nothing was saved. Look at the schema as it is now, then make the change again.',
  );
}

function schemaView({ stores }: Platform, workspaceId: string): WorkspaceSchema {
  const stored = stores.schemas.schema(workspaceId);
  const copy = <T extends { readonly aliases: readonly string[] }>(each: T) => ({
    ...each,
    aliases: [...each.aliases],
  });
  return {
    title: stored?.schema.title ?? '',
    entity_types: (stored?.schema.entityTypes ?? []).map(copy),
    relations: (stored?.schema.relations ?? []).map((each) => ({
      ...copy(each),
      domain: [...each.domain],
      range: [...each.range],
    })),
    examples: [...(stored?.schema.examples ?? [])],
    revision: stored?.revision ?? 0,
    updated_at: stored?.updatedAt ?? null,
    restated: stores.schemas.restated(workspaceId),
  };
}

function rejectedView(fact: RejectedFact): RejectedFactView {
  return {
    id: fact.id,
    document_id: fact.documentId,
    chunk_id: fact.chunkId,
    reason: fact.reason,
    subject: fact.subject,
    relation: fact.relation,
    object: fact.object,
    sentence: { ...fact.sentence },
  };
}
