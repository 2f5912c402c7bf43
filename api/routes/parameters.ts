/** Path parameters that several routes share, and the look-ups behind them. */
import type { RequestHandler } from 'express';
import { z } from 'zod';
import type { DocumentRecord, JobRecord, Workspace } from '../../graph/index.ts';
import type { PageOf } from '../contract/index.ts';
import type { Platform } from '../platform.ts';
import { notFound } from '../problems.ts';

const id = z.string().min(1).max(100);

export const workspaceParams = z.object({ ws: id });
export const workspaceItemParams = z.object({ ws: id, id });
export const itemParams = z.object({ id });

export function workspaceOf(platform: Platform, ws: string): Workspace {
  const workspace = platform.stores.corpus.workspace(ws);
  if (!workspace) throw notFound('workspace', ws);
  return workspace;
}

/** Looks the workspace up before the body is read: an upload into nowhere should not be taken. */
export function forWorkspace(platform: Platform): RequestHandler {
  return (request, _response, next) => {
    workspaceOf(platform, String(request.params.ws));
    next();
  };
}

export function documentOf(platform: Platform, ws: string, documentId: string): DocumentRecord {
  workspaceOf(platform, ws);
  const document = platform.stores.corpus.document(ws, documentId);
  if (!document) throw notFound('document', documentId);
  return document;
}

export function jobOf(platform: Platform, jobId: string): JobRecord {
  const job = platform.stores.corpus.job(jobId);
  if (!job) throw notFound('job', jobId);
  return job;
}

export function pageOf<T extends { id: string }>(data: T[], hasMore: boolean): PageOf<T> {
  return { data, has_more: hasMore, last_id: data.at(-1)?.id ?? null };
}
