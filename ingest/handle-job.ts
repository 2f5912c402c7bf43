/** What the queue's workers call for every delivery. */
import { CancelledError, GraphblendError } from '../engine/index.ts';
import {
  StaleRunError,
  type CorpusStore,
  type DocumentRecord,
  type JobRecord,
  type StoredError,
} from '../graph/index.ts';
import { isEngineFault, isEngineGone, isStorageFault } from './faults.ts';
import {
  followTitles,
  ingestDocument,
  removeBlobs,
  syncGraph,
  type IngestParts,
} from './ingest-document.ts';
import { JobRun } from './job-run.ts';
import { whenGraphAnswers } from './outlast-graph.ts';
import { readWithModel } from './model-extract/index.ts';
import { RetryableError, type Delivery, type JobHandler } from './queue/index.ts';

export interface HandlerLog {
  warn(details: object, message: string): void;
}

/** Attempts at a job that met a fault of the engine, which may pass by itself. */
const MAX_ATTEMPTS = 4;
/** Runs, crashes included, after which a document is taken to be what kills the process or the engine. */
const MAX_RUNS = 30;

export function jobHandler(parts: IngestParts, log: HandlerLog): JobHandler {
  return async (delivery: Delivery) => {
    try {
      await handle(delivery, parts, log);
    } catch (error) {
      // The job is as it was: nothing could be written about it.
      throw isStorageFault(error) ? tryLater(error) : error;
    }
  };
}

async function handle(delivery: Delivery, parts: IngestParts, log: HandlerLog): Promise<void> {
  const begun = parts.corpus.beginJob(delivery.jobId);
  if (!begun) return;
  const run = new JobRun(parts.corpus, begun, delivery.signal);
  // A run that ended in waiting for better times says nothing against the document.
  if (begun.job.attempts - delivery.failures > MAX_RUNS) {
    return end(run, 'failed', tooManyRuns, parts);
  }
  try {
    await perform(run, parts);
  } catch (error) {
    settle(run, error, delivery, parts, log);
  }
}

async function perform(run: JobRun, parts: IngestParts): Promise<void> {
  const { job } = run;
  const document = parts.corpus.document(job.workspaceId, job.documentId);
  const overtaken = document !== undefined && document.version !== job.version;
  if (job.kind === 'delete_document') {
    if (overtaken) {
      // A run that died may have got as far as the graph.
      await restoreGraph(run, document, parts);
      return run.finish('canceled');
    }
    if (document) await deleteDocument(run, document, parts);
    return run.finish('succeeded');
  }
  if (!document || overtaken || document.status === 'deleting') return run.finish('canceled');
  if (job.kind !== 'ingest_document') {
    try {
      if (job.kind === 'read_document') await readDocument(run, document, parts);
    } finally {
      // What was read before a failure counts too.
      if (!run.signal.aborted) await restoreGraph(run, document, parts);
    }
    return run.finish('succeeded');
  }
  parts.corpus.setDocumentStatus(document.id, document.version, 'processing');
  await ingestDocument(run, document, parts);
  run.finish('succeeded');
}

async function readDocument(
  run: JobRun,
  { workspaceId, id }: DocumentRecord,
  { corpus, schemas, tripleModel: model }: IngestParts,
): Promise<void> {
  if (!schemas || !model) throw new NoTripleModelError();
  const onProgress = (done: number, total: number): void => {
    run.at('extract', done, total);
    // Every chunk costs time and maybe money: one more than wanted is too many.
    if (run.cancelRequested) throw new CancelledError();
  };
  await readWithModel(
    workspaceId,
    id,
    { corpus, schemas, model },
    { signal: run.signal, onProgress },
  );
}

class NoTripleModelError extends GraphblendError {
  override name = 'NoTripleModelError';
  readonly code = 'no_model';

  constructor() {
    super('There is no model that could read documents', {
      fix: 'Set OPENAI_BASE_URL and OPENAI_MODEL, or use a reader that can be held to a form.',
    });
  }
}

async function deleteDocument(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  run.at('delete', 0, 1);
  await whenGraphAnswers(run, () => parts.graph.removeDocument(document.workspaceId, document.id));
  const gone = await removeRecords(run, document, parts);
  await followTitles(run, document.workspaceId, parts);
  await parts.engine.deleteKv(gone.obsoleteKvKeys);
  removeBlobs(gone.obsoleteBlobs, parts);
}

async function removeRecords(
  run: JobRun,
  document: DocumentRecord,
  parts: IngestParts,
): Promise<ReturnType<CorpusStore['removeDocument']>> {
  try {
    return parts.corpus.removeDocument(document.workspaceId, document.id, run.runToken);
  } catch (error) {
    // Handed in again meanwhile: what is published stays in use until the new version is.
    if (error instanceof StaleRunError) await restoreGraph(run, document, parts);
    throw error;
  }
}

async function restoreGraph(
  run: JobRun,
  { workspaceId, id }: DocumentRecord,
  parts: IngestParts,
): Promise<void> {
  const version = parts.corpus.document(workspaceId, id)?.publishedVersion ?? 0;
  if (version === 0) return;
  await whenGraphAnswers(run, () => syncGraph(workspaceId, id, version, parts));
}

function settle(
  run: JobRun,
  error: unknown,
  delivery: Delivery,
  parts: IngestParts,
  log: HandlerLog,
): void {
  if (error instanceof StaleRunError) return endOvertaken(run);
  if (error instanceof CancelledError || run.signal.aborted) {
    // A shutdown leaves the job as it is: the queue delivers it again.
    if (!run.cancelRequested) throw new RetryableError('interrupted', { cause: error });
    return end(run, 'canceled', canceled, parts);
  }
  // What is wrong with a document is told with its job; the log is for what is wrong with the product.
  if (!(error instanceof GraphblendError) || isEngineFault(error)) {
    log.warn({ err: error, jobId: run.job.id, document: run.job.documentName }, 'job run failed');
  }
  if (isStorageFault(error) || delivery.failures + 1 < attemptsAt(error)) throw tryLater(error);
  end(run, 'failed', storedError(error), parts);
}

/** The engine's process may have died, which is no fault of the jobs that wait: they outlast its absence. */
function attemptsAt(error: unknown): number {
  if (!isEngineFault(error)) return 1;
  return isEngineGone(error) ? MAX_RUNS : MAX_ATTEMPTS;
}

function tryLater(cause: unknown): RetryableError {
  const message = cause instanceof Error ? cause.message : String(cause);
  return new RetryableError(message, { cause, unlimited: true });
}

/** A newer version, or another run, which then holds the job: nothing may be written about it here. */
function endOvertaken(run: JobRun): void {
  try {
    run.finish('canceled', superseded);
  } catch (error) {
    if (!(error instanceof StaleRunError)) throw error;
  }
}

function end(
  run: JobRun,
  state: 'failed' | 'canceled',
  error: StoredError,
  { corpus }: IngestParts,
): void {
  try {
    corpus.atomically(() => {
      if (state === 'canceled') endCanceled(run.job, corpus);
      else if (run.job.kind === 'ingest_document') endUnfinished(run.job, error, corpus);
      run.finish(state, error);
    });
  } catch (failure) {
    // Another run owns the job now: it writes how the job ends.
    if (failure instanceof StaleRunError) return;
    throw tryLater(failure);
  }
}

/** What a canceled job leaves of its document: an ingest a failed one, a deletion the one that was there. */
export function endCanceled(job: JobRecord, corpus: CorpusStore): void {
  if (job.kind === 'delete_document') {
    corpus.keepDocument(job.documentId, job.version, canceled);
  } else {
    endUnfinished(job, canceled, corpus);
  }
}

/** What was published before its KV was complete is of use: the error is the job's alone. */
function endUnfinished(job: JobRecord, error: StoredError, corpus: CorpusStore): void {
  const document = corpus.document(job.workspaceId, job.documentId);
  const isPublished = document?.publishedVersion === job.version;
  if (isPublished) corpus.setDocumentStatus(job.documentId, job.version, 'ready');
  else corpus.setDocumentStatus(job.documentId, job.version, 'failed', error);
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

const superseded: StoredError = {
  code: 'superseded',
  message: 'The document was handed in again, or deleted, while this job ran.',
  fix: 'Nothing to do: the later job takes its place.',
};

/** Texts of faults may hold paths and stacks: those are for the log. */
function storedError(error: unknown): StoredError {
  if (isEngineFault(error)) {
    return {
      code: 'engine_error',
      message: 'The engine could not process this document.',
      fix: 'See the server log for the cause, then retry the job.',
    };
  }
  if (error instanceof GraphblendError) {
    return { code: error.code, message: error.message, fix: error.fix };
  }
  return {
    code: 'internal_error',
    message: 'Something unexpected went wrong while this document was ingested.',
    fix: 'See the server log for the cause, then retry the job.',
  };
}
