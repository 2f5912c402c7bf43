import type * as records from '../../graph/index.ts';
import {
  conversationCreateSchema,
  conversationDetailSchema,
  conversationSchema,
  pageQuerySchema,
  pageSchema,
  type Conversation,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { notFound } from '../problems.ts';
import { route, type Route } from '../route.ts';
import { documentLookup, storedAnswerView } from '../views/answers.ts';
import { itemParams, pageOf, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Conversations';
const inWorkspace = '/v1/workspaces/{ws}/conversations';

export function conversationRoutes(platform: Platform): Route[] {
  const { conversations } = platform.stores;
  return [
    route({
      method: 'post',
      path: inWorkspace,
      tag,
      summary: 'Begin a conversation, empty or with an answer that was given already',
      params: workspaceParams,
      body: conversationCreateSchema,
      responses: { 201: { description: 'The conversation', schema: conversationSchema } },
      handle: async ({ params, body }) => {
        workspaceOf(platform, params.ws);
        const { answer_id: answerId, title } = body;
        if (
          answerId !== undefined &&
          platform.stores.corpus.answer(answerId)?.workspaceId !== params.ws
        )
          throw notFound('answer', answerId);
        const { id } = conversations.create(params.ws, title);
        if (answerId !== undefined) conversations.append(id, { answerId });
        return {
          status: 201,
          body: viewOf(conversations.conversation(id)!),
          headers: { Location: `/v1/conversations/${id}` },
        };
      },
    }),
    route({
      method: 'get',
      path: inWorkspace,
      tag,
      summary: 'Conversations of a workspace, newest first',
      params: workspaceParams,
      query: pageQuerySchema,
      responses: { 200: { description: 'A page', schema: pageSchema(conversationSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const page = conversations.conversations(params.ws, query);
        return { body: pageOf(page.data.map(viewOf), page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/conversations/{id}',
      tag,
      summary: 'A conversation with its answers',
      params: itemParams,
      responses: { 200: { description: 'The conversation', schema: conversationDetailSchema } },
      handle: async ({ params }) => {
        const found = conversations.conversation(params.id);
        if (!found) throw notFound('conversation', params.id);
        return { body: { ...viewOf(found), answers: answersOf(platform, found) } };
      },
    }),
    route({
      method: 'delete',
      path: '/v1/conversations/{id}',
      tag,
      summary: 'Delete a conversation; its answers stay',
      params: itemParams,
      responses: { 204: { description: 'It is gone' } },
      handle: async ({ params, response }) => {
        if (!conversations.conversation(params.id)) throw notFound('conversation', params.id);
        conversations.delete(params.id);
        response.status(204).end();
        return undefined;
      },
    }),
  ];
}

function answersOf({ stores }: Platform, { id, workspaceId }: records.Conversation) {
  const documents = documentLookup(stores.corpus, workspaceId);
  return stores.conversations.turns(id).flatMap(({ answerId }) => {
    const stored = stores.corpus.answer(answerId);
    return stored ? [storedAnswerView(stored, documents)] : [];
  });
}

function viewOf(conversation: records.Conversation): Conversation {
  return {
    id: conversation.id,
    workspace_id: conversation.workspaceId,
    title: conversation.title,
    turns: conversation.turns,
    created_at: conversation.createdAt,
    updated_at: conversation.updatedAt,
  };
}
