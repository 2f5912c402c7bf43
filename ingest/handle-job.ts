/** What the queue's workers call for every delivery. */
import { CancelledError, EngineError, GraphblendError } from '../engine/index.ts';
import {
  StaleRunError,
  type CorpusStore,
  type DocumentRecord,
  type JobRecord,
  type StoredError,
} from '../graph/index.ts';
import { ingestDocument, removeBlobs, type IngestParts } from './ingest-document.ts';
import { JobRun } from './job-run.ts';
import { RetryableError, type Delivery, type JobHandler } from './queue/index.ts';

export interface HandlerLog {
  warn(details: object, message: string): void;
}

/** Attempts at a job whose failure may pass by itself (the engine's thread died). */
const MAX_ATTEMPTS = 4;
/** Runs, crashes included, after which a document is taken to be what kills the process. */
const MAX_RUNS = 30;

export function jobHandler(parts: IngestParts, log: HandlerLog): JobHandler {
  return async (delivery: Delivery) => {
    const begun = parts.corpus.beginJob(delivery.jobId);
    if (!begun) return;
    const run = new JobRun(parts.corpus, begun, delivery.signal);
    if (begun.job.attempts > MAX_RUNS) return end(run, 'failed', tooManyRuns, parts);
    try {
      await perform(run, parts);
    } catch (error) {
      settle(run, error, delivery, parts, log);
    }
  };
}

async function perform(run: JobRun, parts: IngestParts): Promise<void> {
  const { job } = run;
  const document = parts.corpus.document(job.workspaceId, job.documentId);
  const overtaken = document !== undefined && document.version !== job.version;
  if (job.kind === 'delete_document') {
    if (overtaken) return run.finish('canceled');
    if (document) await deleteDocument(run, document, parts);
    return run.finish('succeeded');
  }
  if (!document || overtaken || document.status === 'deleting') return run.finish('canceled');
  parts.corpus.setDocumentStatus(document.id, document.version, 'processing');
  await ingestDocument(run, document, parts);
  run.finish('succeeded');
}

async function deleteDocument(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  run.at('delete', 0, 1);
  await parts.graph.removeDocument(document.workspaceId, document.id);
  const gone = parts.corpus.removeDocument(document.workspaceId, document.id, run.runToken);
  await parts.engine.deleteKv(gone.obsoleteKvKeys);
  await removeBlobs(gone.obsoleteBlobs, parts);
}

function settle(
  run: JobRun,
  error: unknown,
  delivery: Delivery,
  parts: IngestParts,
  log: HandlerLog,
): void {
  // Another run owns the job now: nothing here may be written.
  if (error instanceof StaleRunError) return;
  if (error instanceof CancelledError || run.signal.aborted) {
    // A shutdown leaves the job as it is: the queue delivers it again.
    if (!run.cancelRequested) throw new RetryableError('interrupted', { cause: error });
    return end(run, 'canceled', canceled, parts);
  }
  // What is wrong with a document is told with its job; the log is for what is wrong with the product.
  if (!(error instanceof GraphblendError) || error instanceof EngineError) {
    log.warn({ err: error, jobId: run.job.id, document: run.job.documentName }, 'job run failed');
  }
  if (error instanceof EngineError && delivery.attempt < MAX_ATTEMPTS) {
    throw new RetryableError(error.message, { cause: error });
  }
  end(run, 'failed', storedError(error), parts);
}

function end(
  run: JobRun,
  state: 'failed' | 'canceled',
  error: StoredError,
  { corpus }: IngestParts,
): void {
  const { documentId, version, kind } = run.job;
  // The document first: a crash in between runs the job again, and it ends the same way.
  if (state === 'canceled') endCanceled(run.job, corpus);
  else if (kind === 'ingest_document')
    corpus.setDocumentStatus(documentId, version, 'failed', error);
  run.finish(state, error);
}

/** What a canceled job leaves of its document: an ingest a failed one, a deletion the one that was there. */
export function endCanceled(job: JobRecord, corpus: CorpusStore): void {
  if (job.kind === 'delete_document') return keepDocument(job, corpus);
  corpus.setDocumentStatus(job.documentId, job.version, 'failed', canceled);
}

function keepDocument(job: JobRecord, corpus: CorpusStore): void {
  const document = corpus.document(job.workspaceId, job.documentId);
  if (document?.status !== 'deleting') return;
  const isPublished = document.publishedVersion === job.version;
  if (isPublished) corpus.setDocumentStatus(document.id, job.version, 'ready');
  else corpus.setDocumentStatus(document.id, job.version, 'failed', canceled);
}

const tooManyRuns: StoredError = {
  code: 'too_many_runs',
  message: `The job was begun ${MAX_RUNS} times and never came to an end.`,
  fix: 'See the server log for crashes; retry the job if their cause is gone.',
};

const canceled: StoredError = {
  code: 'canceled',
  message: 'The job was canceled.',
  fix: 'Retry the job, or upload the document again.',
};

function storedError(error: unknown): StoredError {
  if (error instanceof GraphblendError) {
    return { code: error.code, message: error.message, fix: error.fix };
  }
  return {
    code: 'internal_error',
    message: 'Something unexpected went wrong while this document was ingested.',
    fix: 'See the server log for the cause, then retry the job.',
  };
}
