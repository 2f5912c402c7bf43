/** Whole graphs as files: sent while they are read, and taken in as documents. */
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { GRAPH_MEDIA_TYPES, exportGraph, graphFormatOf } from '../../graph/index.ts';
import type { NewDocument } from '../../ingest/index.ts';
import {
  acceptedDocumentSchema,
  graphExportQuerySchema,
  graphImportQuerySchema,
  graphImportSchema,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { HttpError } from '../problems.ts';
import { route, type Reply, type Route } from '../route.ts';
import { safeName, singleFile } from '../upload.ts';
import { documentView, jobView } from '../views/corpus.ts';
import { forWorkspace, workspaceOf, workspaceParams } from './parameters.ts';

const tag = 'Graph';
const ENDINGS = { jsonl: 'jsonl', graphml: 'graphml', cypher: 'cypher', ntriples: 'nt' } as const;

export function graphFileRoutes(platform: Platform): Route[] {
  return [exportRoute(platform), importRoute(platform)];
}

function exportRoute(platform: Platform): Route {
  return route({
    method: 'get',
    path: '/v1/workspaces/{ws}/graph/export',
    tag,
    summary: 'Download the graph as JSON Lines, GraphML, a Cypher script or N-Triples',
    params: workspaceParams,
    query: graphExportQuerySchema,
    responses: {
      200: { description: 'The file', contentType: 'application/octet-stream', schema: z.string() },
    },
    handle: async ({ params, query, request, response }) => {
      const { id } = workspaceOf(platform, params.ws);
      const { format } = query;
      const pieces = exportGraph(platform.stores.graph, id, format);
      // An error in the first piece is still a problem with a status.
      const first = await pieces.next();
      response.attachment(`${id}.${ENDINGS[format]}`);
      response.setHeader('Content-Type', `${GRAPH_MEDIA_TYPES[format]}; charset=utf-8`);
      const all = async function* () {
        if (!first.done) yield first.value;
        yield* pieces;
      };
      await pipeline(Readable.from(all()), response).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
        request.log.error({ err: error }, 'an export broke off');
        response.destroy();
      });
      return undefined;
    },
  });
}

function importRoute(platform: Platform): Route {
  return route({
    method: 'post',
    path: '/v1/workspaces/{ws}/graph/import',
    tag,
    summary:
      'Take in a graph file (multipart field "file", or JSON): it becomes a document whose lines support its facts',
    params: workspaceParams,
    query: graphImportQuerySchema,
    body: graphImportSchema,
    multipart: true,
    before: [forWorkspace(platform), singleFile(platform.config)],
    responses: {
      202: { description: 'Taken in; a job writes the graph', schema: acceptedDocumentSchema },
      200: { description: 'The same bytes are known already', schema: acceptedDocumentSchema },
    },
    handle: async ({ params, query, request }) => {
      const { file } = request;
      if (!file) return takeText(platform, params.ws, graphImportSchema.parse(request.body ?? {}));
      try {
        const name = safeName(file.originalname);
        const mediaType = mediaTypeFor(name, query.format);
        const source = 'upload' as const;
        const document = { workspaceId: params.ws, externalKey: name, name, mediaType, source };
        const taken = { ...document, bytes: file.size };
        return await accepted(platform, await platform.ingest.submitFile(taken, file.path));
      } finally {
        await rm(file.path, { force: true });
      }
    },
  });
}

async function takeText(
  platform: Platform,
  workspaceId: string,
  { format, name, content }: z.output<typeof graphImportSchema>,
): Promise<Reply> {
  const bytes = Buffer.from(content, 'utf8');
  const document: NewDocument = {
    workspaceId,
    externalKey: safeName(name),
    name: safeName(name),
    mediaType: GRAPH_MEDIA_TYPES[format],
    source: 'text',
    bytes: bytes.length,
  };
  return accepted(platform, await platform.ingest.submitBytes(document, bytes));
}

/** By `format`, else by the ending of the name. */
function mediaTypeFor(
  name: string,
  format: z.output<typeof graphImportQuerySchema>['format'],
): string {
  const ending = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase();
  const byName = Object.entries(ENDINGS).find(([, each]) => each === ending)?.[0];
  const chosen = format ?? (byName as keyof typeof ENDINGS | undefined);
  const mediaType = chosen && GRAPH_MEDIA_TYPES[chosen];
  if (mediaType && graphFormatOf(mediaType)) return mediaType;
  throw new HttpError(
    415,
    'unsupported_type',
    `The format of ${JSON.stringify(name)} is none that a graph can be read from`,
    'Name the file .jsonl, .graphml or .nt, or add ?format=jsonl, graphml or ntriples.',
  );
}

type Accepted = Awaited<ReturnType<Platform['ingest']['submitBytes']>>;

async function accepted(platform: Platform, { document, job, outcome }: Accepted): Promise<Reply> {
  return {
    status: job ? 202 : 200,
    headers: job ? { Location: `/v1/jobs/${job.id}` } : {},
    body: {
      document: documentView(document),
      job: job ? await jobView(platform, job) : null,
      outcome,
    },
  };
}
