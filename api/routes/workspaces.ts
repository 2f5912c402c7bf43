import type { z } from 'zod';
import type { WorkspaceSettings } from '../../graph/index.ts';
import {
  pageQuerySchema,
  pageSchema,
  workspaceCreateSchema,
  workspacePatchSchema,
  workspaceSchema,
  type workspaceSettingsSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { route, type Route } from '../route.ts';
import { workspaceView } from '../views/corpus.ts';
import { pageOf, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Workspaces';
const one = { description: 'The workspace', schema: workspaceSchema };

export function workspaceRoutes(platform: Platform): Route[] {
  const { corpus } = platform.stores;
  return [
    route({
      method: 'get',
      path: '/v1/workspaces',
      tag,
      summary: 'List workspaces',
      query: pageQuerySchema,
      responses: { 200: { description: 'A page', schema: pageSchema(workspaceSchema) } },
      handle: async ({ query }) => {
        const page = corpus.workspaces(query);
        const views = await Promise.all(page.data.map((each) => workspaceView(platform, each)));
        return { body: pageOf(views, page.hasMore) };
      },
    }),
    route({
      method: 'post',
      path: '/v1/workspaces',
      tag,
      summary: 'Create a workspace',
      body: workspaceCreateSchema,
      responses: { 201: one },
      handle: async ({ body }) => {
        const workspace = corpus.createWorkspace({
          name: body.name,
          description: body.description,
          settings: settingsOf(body.settings),
        });
        return {
          status: 201,
          headers: { Location: `/v1/workspaces/${workspace.id}` },
          body: await workspaceView(platform, workspace),
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}',
      tag,
      summary: 'Read a workspace with its counts',
      params: workspaceParams,
      responses: { 200: one },
      handle: async ({ params }) => ({
        body: await workspaceView(platform, workspaceOf(platform, params.ws)),
      }),
    }),
    route({
      method: 'patch',
      path: '/v1/workspaces/{ws}',
      tag,
      summary: 'Rename or reconfigure a workspace',
      params: workspaceParams,
      body: workspacePatchSchema,
      responses: { 200: one },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        const workspace = corpus.updateWorkspace(params.ws, {
          ...body,
          settings: settingsOf(body.settings),
        });
        return { body: await workspaceView(platform, workspace) };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/workspaces/{ws}',
      tag,
      summary: 'Delete a workspace with everything in it',
      params: workspaceParams,
      responses: { 204: { description: 'Deleted' } },
      handle: async ({ params }) => {
        workspaceOf(platform, params.ws);
        await platform.answers.cancelOfWorkspace(params.ws);
        await platform.ingest.removeWorkspace(params.ws);
        return { status: 204, body: undefined };
      },
    }),
  ];
}

function settingsOf(
  settings: Partial<z.infer<typeof workspaceSettingsSchema>> | undefined,
): Partial<WorkspaceSettings> | undefined {
  if (!settings) return undefined;
  const { chunk_tokens: chunkTokens, merge_certain: mergeCertain } = settings;
  return {
    ...(chunkTokens !== undefined && { chunkTokens }),
    ...(mergeCertain !== undefined && { mergeCertain }),
  };
}
