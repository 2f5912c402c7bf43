/** From records to what the API shows of workspaces, documents, chunks and jobs. */
import type { Chunk, DocumentRecord, JobRecord, Workspace } from '../../graph/index.ts';
import type * as contract from '../contract/index.ts';
import { statsOrLastSeen } from '../graph-stats.ts';
import type { Platform } from '../platform.ts';
import { sampleQuestions } from '../sample-questions.ts';

export async function workspaceView(
  platform: Platform,
  workspace: Workspace,
): Promise<contract.Workspace> {
  const { corpus, graph } = platform.stores;
  const counts = corpus.counts(workspace.id);
  const stats = await statsOrLastSeen(graph, workspace.id);
  return {
    id: workspace.id,
    name: workspace.name,
    description: workspace.description,
    settings: {
      chunk_tokens: workspace.settings.chunkTokens,
      merge_certain: workspace.settings.mergeCertain,
    },
    counts: {
      documents: counts.documents,
      chunks: counts.chunks,
      bytes: counts.bytes,
      entities: stats.entities,
      facts: stats.facts,
      kv_chunks: corpus.kvCount(workspace.id),
    },
    sample_questions: await sampleQuestions(platform, workspace.id),
    created_at: workspace.createdAt,
    updated_at: workspace.updatedAt,
  };
}

export function documentView(document: DocumentRecord): contract.Document {
  return {
    id: document.id,
    workspace_id: document.workspaceId,
    external_key: document.externalKey,
    name: document.name,
    title: document.title || document.name,
    media_type: document.mediaType,
    source: document.source,
    url: document.url ?? null,
    content_hash: document.contentHash,
    bytes: document.bytes,
    tags: [...document.tags],
    enabled: document.enabled,
    pinned: document.pinned,
    version: document.version,
    published_version: document.publishedVersion,
    status: document.status,
    error: document.error ?? null,
    pages: document.pages ?? null,
    chunk_count: document.chunkCount,
    job_id: document.jobId ?? null,
    created_at: document.createdAt,
    updated_at: document.updatedAt,
  };
}

export function chunkView(chunk: Chunk, kvStored: boolean): contract.Chunk {
  return {
    id: chunk.id,
    document_id: chunk.documentId,
    ordinal: chunk.ordinal,
    heading_path: [...chunk.headingPath],
    text: chunk.text,
    span: { start: chunk.start, end: chunk.end },
    page: chunk.page ?? null,
    token_count: chunk.tokenCount,
    kv_stored: kvStored,
  };
}

export async function jobView(platform: Platform, job: JobRecord): Promise<contract.Job> {
  const waiting = job.state === 'enqueued';
  const position = waiting ? await platform.queue.position(job.id) : undefined;
  return {
    id: job.id,
    workspace_id: job.workspaceId,
    kind: job.kind,
    document_id: job.documentId,
    document_name: job.documentName,
    state: job.state,
    stage: waiting ? 'waiting' : job.progress.stage,
    progress: { done: job.progress.done, total: job.progress.total },
    queue_position: position ?? null,
    attempts: job.attempts,
    error: job.error ?? null,
    created_at: job.createdAt,
    started_at: job.startedAt ?? null,
    finished_at: job.finishedAt ?? null,
    eta_seconds: etaSeconds(job, Date.now()),
  };
}

/** From the pace of the current stage; known only once a share of it is done. */
function etaSeconds(job: JobRecord, now: number): number | null {
  const { done, total } = job.progress;
  if (job.state !== 'processing' || !job.startedAt || done === 0 || total === 0) return null;
  const elapsed = (now - Date.parse(job.startedAt)) / 1000;
  return Math.max(0, Math.round((elapsed / done) * (total - done) * 10) / 10);
}
