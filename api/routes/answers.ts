import { z } from 'zod';
import { embedQuestion, linkPaths, outlastGraph, search } from '../../retrieval/index.ts';
import {
  answerEventSchema,
  answerRequestSchema,
  answerSchema,
  pageQuerySchema,
  pageSchema,
  searchRequestSchema,
  searchResponseSchema,
  type Answer,
} from '../contract/index.ts';
import type { LiveAnswer } from '../live-answers.ts';
import type { Platform } from '../platform.ts';
import { notFound, requestIdOf, sendProblem } from '../problems.ts';
import { route, type Route, type RouteInput } from '../route.ts';
import { searchFilterOf } from '../search-filter.ts';
import { eventStream } from '../sse.ts';
import { documentLookup, hitView, pathView, storedAnswerView } from '../views/answers.ts';
import { itemParams, pageOf, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Answers';
const events = {
  description: 'Events',
  contentType: 'text/event-stream',
  schema: answerEventSchema,
};
const one = { description: 'The answer', schema: answerSchema };
const followQuery = z.object({ starting_after: z.coerce.number().int().min(0).default(0) });

export function answerRoutes(platform: Platform): Route[] {
  const { corpus } = platform.stores;
  return [
    route({
      method: 'post',
      path: '/v1/workspaces/{ws}/search',
      tag,
      summary: 'Retrieval alone: ranked chunks with scores and the links that led to them',
      params: workspaceParams,
      body: searchRequestSchema,
      responses: { 200: { description: 'What was found', schema: searchResponseSchema } },
      handle: async ({ params, body }) => ({ body: await runSearch(platform, params.ws, body) }),
    }),
    route({
      method: 'post',
      path: '/v1/workspaces/{ws}/answers',
      tag,
      summary: 'Ask; with "stream": true as server-sent events',
      params: workspaceParams,
      body: answerRequestSchema,
      responses: { 200: { ...one, also: { 'text/event-stream': answerEventSchema } } },
      handle: async ({ params, body, request, response }) => {
        workspaceOf(platform, params.ws);
        const { live, done } = platform.answers.start(params.ws, body);
        if (body.stream) {
          follow(live, 0, response);
          return undefined;
        }
        response.once('close', () => live.cancel());
        const answer = await done;
        if (!answer.error) return { body: answer };
        sendProblem(response, { ...answer.error, request_id: requestIdOf(request) });
        return undefined;
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/answers',
      tag,
      summary: 'Earlier answers, newest first',
      params: workspaceParams,
      query: pageQuerySchema,
      responses: { 200: { description: 'A page', schema: pageSchema(answerSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const page = corpus.answers(params.ws, query);
        const documents = documentLookup(corpus, params.ws);
        const views = page.data.map((each) => storedAnswerView(each, documents));
        return { body: pageOf(views, page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/answers/{id}',
      tag,
      summary: 'Read an answer, finished or not',
      params: itemParams,
      responses: { 200: one },
      handle: async ({ params }) => ({ body: readAnswer(platform, params.id) }),
    }),
    route({
      method: 'get',
      path: '/v1/answers/{id}/stream',
      tag,
      summary: 'Follow an answer from any event on',
      params: itemParams,
      query: followQuery,
      responses: { 200: events },
      handle: async ({ params, query, response }) => {
        const live = platform.answers.get(params.id);
        if (live) follow(live, query.starting_after, response);
        else replay(platform, params.id, query.starting_after, response);
        return undefined;
      },
    }),
    route({
      method: 'post',
      path: '/v1/answers/{id}/cancel',
      tag,
      summary: 'Stop an answer; what it has so far is kept',
      params: itemParams,
      responses: { 200: one },
      handle: async ({ params }) => {
        platform.answers.get(params.id)?.cancel();
        return { body: readAnswer(platform, params.id) };
      },
    }),
  ];
}

async function runSearch(
  platform: Platform,
  workspaceId: string,
  request: z.output<typeof searchRequestSchema>,
): Promise<z.output<typeof searchResponseSchema>> {
  workspaceOf(platform, workspaceId);
  const started = performance.now();
  const filter = searchFilterOf(request);
  const asked = await embedQuestion(platform.retrieval, workspaceId, request.question, { filter });
  const embedded = performance.now();
  const { limit } = request;
  const { question } = asked;
  const { parts, lacking } = outlastGraph(asked.parts);
  const found = await search(parts, { workspaceId, question, limit, filter }, asked.vector);
  const documents = documentLookup(platform.stores.corpus, workspaceId);
  const missed = lacking();
  const ended = performance.now();
  return {
    question: request.question,
    ...(asked.read.length > 0 && { read_as: asked.read.map((each) => ({ ...each })) }),
    entities: found.entities.map(({ id, name }) => ({ id, name })),
    hits: found.candidates.map((candidate) => hitView(candidate, documents)),
    paths: linkPaths(found.candidates).map((path) => pathView(path, documents)),
    timings_ms: {
      embed: embedded - started,
      retrieval: ended - embedded,
      total: ended - started,
    },
    ...(missed.length > 0 && { degraded: missed }),
  };
}

function readAnswer(platform: Platform, id: string): Answer {
  const { corpus } = platform.stores;
  const stored = corpus.answer(id);
  if (stored) return storedAnswerView(stored, documentLookup(corpus, stored.workspaceId));
  const created = platform.answers.get(id)?.events[0];
  if (created?.type === 'answer.created') return created.answer;
  throw notFound('answer', id);
}

function follow(
  live: LiveAnswer,
  startingAfter: number,
  response: RouteInput<never, never, never>['response'],
): void {
  const stream = eventStream(response);
  // The listener is called at once for what has happened already, before `stop` exists.
  let stop = (): void => undefined;
  const started = live.follow(startingAfter, (event) => {
    stream.send(event.type, event);
    if (live.ended) setImmediate(() => stop());
  });
  stop = () => {
    started();
    stream.end();
  };
  stream.onClose(started);
  if (live.ended) stop();
}

/** What an ended answer's listener has not seen: its own events for a while, later the finished answer alone. */
function replay(
  platform: Platform,
  id: string,
  startingAfter: number,
  response: RouteInput<never, never, never>['response'],
): void {
  const answer = readAnswer(platform, id);
  const stream = eventStream(response);
  const all = startingAfter > 0 ? (platform.answers.ended(id)?.events ?? []) : [];
  for (const event of all.slice(startingAfter, -1)) stream.send(event.type, event);
  const type = answer.status === 'failed' ? 'answer.failed' : `answer.${answer.status}`;
  const number = Math.max(all.length, startingAfter + 1);
  stream.send(type, { type, sequence_number: number, answer, error: answer.error ?? undefined });
  stream.end();
}
