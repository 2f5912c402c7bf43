/** Merging and splitting entities, suggestions for both, their history, and undo. */
import type { Edited } from '../../graph/index.ts';
import {
  distinctRequestSchema,
  identityEditSchema,
  identityRecordSchema,
  mergeRequestSchema,
  mergeSuggestionsSchema,
  pageQuerySchema,
  pageSchema,
  splitRequestSchema,
  splitSuggestionSchema,
  suggestionQuerySchema,
  undoRequestSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { notFound } from '../problems.ts';
import { route, type Reply, type Route } from '../route.ts';
import { recordView, suggestionView } from '../views/identity.ts';
import { pageOf, workspaceItemParams, workspaceOf, workspaceParams } from './parameters.ts';
import { whileOpen } from './while-open.ts';

const tag = 'Identity';
const base = '/v1/workspaces/{ws}/identity';
const edited = { description: 'The record, with its undo token', schema: identityEditSchema };

export function identityRoutes(platform: Platform): Route[] {
  return [...suggestionRoutes(platform), ...decisionRoutes(platform), ...historyRoutes(platform)];
}

function suggestionRoutes(platform: Platform): Route[] {
  return [
    route({
      method: 'get',
      path: `${base}/suggestions`,
      tag,
      summary:
        'Pairs of entities that may be one, the likeliest first, with what speaks for and against',
      params: workspaceParams,
      query: suggestionQuerySchema,
      responses: { 200: { description: 'The pairs', schema: mergeSuggestionsSchema } },
      handle: async ({ params, query, response }) => {
        workspaceOf(platform, params.ws);
        const { suggestions, complete } = await platform.identity.suggestions(params.ws, {
          limit: query.limit,
          least: query.least,
          embeddings: query.embeddings === 'true',
          signal: whileOpen(response),
        });
        return { body: { data: suggestions.map(suggestionView), complete } };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/entities/{id}/split-suggestion',
      tag,
      summary: 'Whether the documents of a name fall apart into several things',
      params: workspaceItemParams,
      responses: { 200: { description: 'The senses', schema: splitSuggestionSchema } },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        const found = await platform.identity.splitSuggestion(params.ws, params.id);
        const suggestion = found && { senses: found.senses, rest: found.senses[0]!.name };
        return { body: { suggestion: suggestion ?? null } };
      },
    }),
  ];
}

function decisionRoutes(platform: Platform): Route[] {
  const { editor } = platform.identity;
  return [
    route({
      method: 'post',
      path: `${base}/merges`,
      tag,
      summary: 'Make two entities one; undone by the token in the reply',
      params: workspaceParams,
      body: mergeRequestSchema,
      responses: { 201: edited },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        const evidence = platform.identity.evidenceFor(params.ws, body.from, body.into);
        return replyOf(await editor.merge(params.ws, body.from, body.into, { evidence }));
      },
    }),
    route({
      method: 'post',
      path: `${base}/distinct`,
      tag,
      summary: 'Say that two entities are not one: they are not suggested again',
      params: workspaceParams,
      body: distinctRequestSchema,
      responses: { 201: edited },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        return replyOf(await editor.keepApart(params.ws, body.a, body.b));
      },
    }),
    route({
      method: 'post',
      path: '/v1/workspaces/{ws}/entities/{id}/split',
      tag,
      summary: 'Tell apart the things that one name stands for; undone by the token in the reply',
      params: workspaceItemParams,
      body: splitRequestSchema,
      responses: { 201: edited },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        for (const id of new Set(body.senses.flatMap(({ documents }) => documents))) {
          if (!platform.stores.corpus.document(params.ws, id)) throw notFound('document', id);
        }
        return replyOf(await editor.split(params.ws, params.id, body.senses, body.rest));
      },
    }),
    route({
      method: 'post',
      path: `${base}/undo`,
      tag,
      summary:
        'Take a merge, a split or a distinction back: the graph is as if it had never been made',
      params: workspaceParams,
      body: undoRequestSchema,
      responses: { 200: edited },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        return { ...replyOf(await editor.undo(params.ws, body.undo_token)), status: 200 };
      },
    }),
  ];
}

function historyRoutes(platform: Platform): Route[] {
  const { identity } = platform.stores;
  return [
    route({
      method: 'get',
      path: `${base}/records`,
      tag,
      summary: 'Merges, splits and distinctions, the newest first, those taken back included',
      params: workspaceParams,
      query: pageQuerySchema,
      responses: { 200: { description: 'A page', schema: pageSchema(identityRecordSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const page = identity.history(params.ws, query);
        return { body: pageOf(page.data.map(recordView), page.hasMore) };
      },
    }),
  ];
}

function replyOf({ record, documents }: Edited): Reply {
  return { status: 201, body: { record: recordView(record), documents } };
}
