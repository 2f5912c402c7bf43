import { createReadStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import {
  fetchDocument,
  mediaTypeOfName,
  type Accepted,
  type NewDocument,
  pinDocument,
} from '../../ingest/index.ts';
import {
  acceptedDocumentSchema,
  changePreviewSchema,
  chunkSchema,
  documentCreateSchema,
  documentPatchSchema,
  documentQuerySchema,
  documentSchema,
  documentTextSchema,
  jobSchema,
  pageQuerySchema,
  pageSchema,
  removalPreviewSchema,
  type DocumentCreate,
} from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { HttpError, notFound } from '../problems.ts';
import { route, type Reply, type Route } from '../route.ts';
import { safeName, singleFile } from '../upload.ts';
import { chunkView, documentView, jobView } from '../views/corpus.ts';
import { previewOf, previewRemoval } from './document-previews.ts';
import {
  documentOf,
  forWorkspace,
  pageOf,
  workspaceItemParams,
  workspaceOf,
  workspaceParams,
} from './parameters.ts';
import { whileOpen } from './while-open.ts';

const tag = 'Documents';
const base = '/v1/workspaces/{ws}/documents';
const accepted = { description: 'Taken in; a job ingests it', schema: acceptedDocumentSchema };
const uploadFields = z.object({ external_key: z.string().min(1).max(1024).optional() });
const dryRunQuery = z.object({ dry_run: z.enum(['true', 'false']).default('false') });
const dryRunDoc = { description: 'What it would change', schema: changePreviewSchema };

export function documentRoutes(platform: Platform): Route[] {
  return [...readRoutes(platform), ...writeRoutes(platform), ...contentRoutes(platform)];
}

function readRoutes(platform: Platform): Route[] {
  const { corpus } = platform.stores;
  return [
    route({
      method: 'get',
      path: base,
      tag,
      summary: 'List documents, newest first',
      params: workspaceParams,
      query: pageQuerySchema.extend(documentQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(documentSchema) } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const { limit, after, ...filter } = query;
        const page = corpus.documents(params.ws, filter, { limit, after });
        return { body: pageOf(page.data.map(documentView), page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: `${base}/{id}`,
      tag,
      summary: 'Read a document record',
      params: workspaceItemParams,
      responses: { 200: { description: 'The document', schema: documentSchema } },
      handle: async ({ params }) => ({
        body: documentView(documentOf(platform, params.ws, params.id)),
      }),
    }),
  ];
}

function writeRoutes(platform: Platform): Route[] {
  return [
    route({
      method: 'post',
      path: base,
      tag,
      summary:
        'Hand in a document: a file (multipart field "file"), a text, or a URL; ?dry_run=true tells what it would change',
      params: workspaceParams,
      query: dryRunQuery,
      body: documentCreateSchema,
      multipart: true,
      before: [forWorkspace(platform), singleFile(platform.config)],
      responses: {
        202: accepted,
        200: {
          description: 'The same bytes are known already, or a dry run',
          schema: z.union([acceptedDocumentSchema, dryRunDoc.schema]),
        },
      },
      handle: async ({ params, query, request, response }) => {
        const signal = whileOpen(response);
        const take: Take =
          query.dry_run === 'true'
            ? (document, bytes) => previewOf(platform, document, bytes, signal)
            : async (document, bytes) => reply(platform, await submit(platform, document, bytes));
        return request.file
          ? takeUpload(params.ws, request.file, request.body, take)
          : takeJson(platform, params.ws, bodyOf(request.body), signal, take);
      },
    }),
    route({
      method: 'patch',
      path: `${base}/{id}`,
      tag,
      summary: 'Tag, enable, disable or pin a document',
      params: workspaceItemParams,
      body: documentPatchSchema,
      responses: { 200: { description: 'The document', schema: documentSchema } },
      handle: async ({ params, body }) => {
        documentOf(platform, params.ws, params.id);
        const { pinned, ...others } = body;
        const { corpus } = platform.stores;
        const parts = { corpus, engine: platform.engine.client };
        if (pinned !== undefined) await pinDocument(parts, params.ws, params.id, pinned);
        const updated = corpus.updateDocument(params.ws, params.id, others);
        return { body: documentView(updated) };
      },
    }),
    route({
      method: 'delete',
      path: `${base}/{id}`,
      tag,
      summary:
        'Delete a document and exactly what only it supported; ?dry_run=true tells the impact',
      params: workspaceItemParams,
      query: dryRunQuery,
      responses: {
        200: { description: 'What would be removed', schema: removalPreviewSchema },
        202: { description: 'A job deletes it', schema: z.object({ job: jobSchema }) },
      },
      handle: ({ params, query }) =>
        query.dry_run === 'true'
          ? previewRemoval(platform, params.ws, params.id)
          : remove(platform, params.ws, params.id),
    }),
  ];
}

function contentRoutes(platform: Platform): Route[] {
  const { corpus } = platform.stores;
  return [
    route({
      method: 'get',
      path: `${base}/{id}/text`,
      tag,
      summary: 'The parsed text that all spans refer to',
      params: workspaceItemParams,
      responses: { 200: { description: 'The text', schema: documentTextSchema } },
      handle: async ({ params }) => {
        const document = documentOf(platform, params.ws, params.id);
        const text = corpus.documentText(params.ws, params.id);
        if (!text) throw notYetReady(document.status);
        return {
          body: {
            document_id: document.id,
            version: document.publishedVersion,
            title: text.title,
            text: text.text,
            blocks: text.blocks,
          },
        };
      },
    }),
    route({
      method: 'get',
      path: `${base}/{id}/chunks`,
      tag,
      summary: 'The chunks of a document, in order',
      params: workspaceItemParams,
      query: pageQuerySchema,
      responses: { 200: { description: 'A page', schema: pageSchema(chunkSchema) } },
      handle: async ({ params, query }) => {
        documentOf(platform, params.ws, params.id);
        const page = corpus.chunksOfDocument(params.ws, params.id, query);
        const kv = corpus.chunkKv(page.data.map((chunk) => chunk.id));
        const views = page.data.map((chunk) => chunkView(chunk, kv.has(chunk.id)));
        return { body: pageOf(views, page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: `${base}/{id}/original`,
      tag,
      summary: 'Download the original bytes',
      params: workspaceItemParams,
      responses: {
        200: {
          description: 'The file',
          contentType: 'application/octet-stream',
          schema: z.string(),
        },
      },
      handle: async ({ params, request, response }) => {
        const document = documentOf(platform, params.ws, params.id);
        const path = platform.blobs.path(document.contentHash);
        const { size } = await stat(path).catch(() => {
          throw notFound('original', params.id);
        });
        // Always a download: a document's own scripts must never run on this origin.
        response.attachment(document.name);
        response.setHeader('Content-Type', 'application/octet-stream');
        response.setHeader('Content-Length', size);
        await pipeline(createReadStream(path), response).catch((error: NodeJS.ErrnoException) => {
          // Whoever asked went away; `pipeline` has closed the file.
          if (error.code === 'ERR_STREAM_PREMATURE_CLOSE') return;
          request.log.error({ err: error }, 'a download broke off');
          response.destroy();
        });
        return undefined;
      },
    }),
  ];
}

/** A document that came with a request: what is done with it, or what would be. */
type Take = (
  document: NewDocument,
  bytes: Uint8Array | { readonly path: string },
) => Promise<Reply>;

function submit(
  { ingest }: Platform,
  document: NewDocument,
  bytes: Uint8Array | { readonly path: string },
): Promise<Accepted> {
  return 'path' in bytes
    ? ingest.submitFile(document, bytes.path)
    : ingest.submitBytes(document, bytes);
}

async function takeUpload(
  workspaceId: string,
  file: Express.Multer.File,
  fields: unknown,
  take: Take,
): Promise<Reply> {
  try {
    if (file.size === 0) throw emptyFile(file.originalname);
    const { external_key: externalKey } = uploadFields.parse(fields ?? {});
    const name = safeName(file.originalname);
    const document: NewDocument = {
      workspaceId,
      externalKey: externalKey ?? name,
      name,
      mediaType: mediaTypeOfName(name),
      source: 'upload',
      bytes: file.size,
    };
    return await take(document, { path: file.path });
  } finally {
    await rm(file.path, { force: true });
  }
}

async function takeJson(
  platform: Platform,
  workspaceId: string,
  body: DocumentCreate,
  signal: AbortSignal,
  take: Take,
): Promise<Reply> {
  if ('url' in body) return takeUrl(platform, workspaceId, body, signal, take);
  const bytes = Buffer.from(body.text, 'utf8');
  const name = safeName(body.name);
  return take(
    {
      workspaceId,
      externalKey: body.external_key ?? name,
      name: /\.\w+$/.test(name) ? name : `${name}.txt`,
      mediaType: /\.\w+$/.test(name) ? mediaTypeOfName(name) : 'text/plain',
      source: 'text',
      bytes: bytes.length,
      tags: body.tags,
    },
    bytes,
  );
}

async function takeUrl(
  platform: Platform,
  workspaceId: string,
  body: Extract<DocumentCreate, { url: string }>,
  signal: AbortSignal,
  take: Take,
): Promise<Reply> {
  const { maxUploadBytes, allowPrivateUrls } = platform.config;
  const limits = { maxBytes: maxUploadBytes, allowPrivate: allowPrivateUrls };
  const fetched = await fetchDocument(body.url, limits, signal);
  return take(
    {
      workspaceId,
      externalKey: body.external_key ?? body.url,
      name: safeName(fetched.name),
      mediaType: fetched.mediaType,
      source: 'url',
      url: body.url,
      bytes: fetched.bytes.length,
      tags: body.tags,
    },
    fetched.bytes,
  );
}

function bodyOf(body: unknown): DocumentCreate {
  if (
    body === undefined ||
    (typeof body === 'object' && body !== null && Object.keys(body).length === 0)
  ) {
    throw new HttpError(
      400,
      'invalid_request',
      'No document came with the request',
      'Send a file in the multipart field "file", or JSON with "text" and "name", or with "url".',
    );
  }
  return documentCreateSchema.parse(body);
}

async function reply(platform: Platform, { document, job, outcome }: Accepted): Promise<Reply> {
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

async function remove(platform: Platform, ws: string, id: string): Promise<Reply> {
  documentOf(platform, ws, id);
  const job = await platform.ingest.remove(ws, id);
  return {
    status: 202,
    headers: { Location: `/v1/jobs/${job.id}` },
    body: { job: await jobView(platform, job) },
  };
}

function emptyFile(name: string): HttpError {
  return new HttpError(
    400,
    'empty_document',
    `${JSON.stringify(safeName(name))} has no content (0 bytes)`,
    'Choose a file that is not empty.',
  );
}

function notYetReady(status: string): HttpError {
  return new HttpError(
    409,
    'document_not_ready',
    `The document has no published text yet (its status is ${status})`,
    "Wait until its job has succeeded, or see the document's error.",
  );
}
