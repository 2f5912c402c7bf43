/** Taking documents in and out, as the API does it: records first, then a job. */
import type { EngineClient } from '../cache/index.ts';
import {
  ConflictError,
  NotFoundError,
  type CorpusStore,
  type DocumentRecord,
  type GraphStore,
  type JobRecord,
  type PutDocument,
} from '../graph/index.ts';
import type { BlobStore } from './blobs.ts';
import { endCanceled } from './handle-job.ts';
import { removeBlobs } from './ingest-document.ts';
import { documentsOf, workspaceIds } from './listings.ts';
import type { JobQueue } from './queue/index.ts';

export interface IngestServiceParts {
  readonly corpus: CorpusStore;
  readonly graph: GraphStore;
  readonly blobs: BlobStore;
  readonly queue: JobQueue;
  readonly engine: EngineClient;
}

export type NewDocument = Omit<PutDocument, 'contentHash'>;

export interface Accepted {
  readonly document: DocumentRecord;
  readonly job: JobRecord | undefined;
  readonly outcome: 'created' | 'updated' | 'unchanged';
}

interface Recorded extends Accepted {
  readonly isNew: boolean;
  /** Jobs of versions that this one replaces. */
  readonly older: readonly JobRecord[];
}

/** Deletions go before ingestion: what somebody wants gone should not wait for a long queue. */
const PRIORITY = { delete: 1, ingest: 10 } as const;

export class IngestService {
  readonly #parts: IngestServiceParts;

  constructor(parts: IngestServiceParts) {
    this.#parts = parts;
  }

  /** Bytes in a file, on the file system of the home; the caller removes it afterwards. */
  async submitFile(document: NewDocument, path: string): Promise<Accepted> {
    return this.#submit(document, () => this.#parts.blobs.putFile(path));
  }

  async submitBytes(document: NewDocument, bytes: Uint8Array): Promise<Accepted> {
    return this.#submit(document, () => this.#parts.blobs.put(bytes));
  }

  /** Takes the document out of every search at once; a job removes what only it supported. */
  async remove(workspaceId: string, documentId: string): Promise<JobRecord> {
    const document = this.#document(workspaceId, documentId);
    for (const job of this.#openJobs(documentId)) {
      if (job.kind === 'delete_document') return job;
      await this.cancel(job.id);
    }
    return this.#enqueue('delete_document', document);
  }

  async cancel(jobId: string): Promise<JobRecord> {
    const { corpus, queue } = this.#parts;
    // One transaction: a deletion whose job ended, but not its document's status, would be begun anew by repair.
    const { job, ended } = corpus.atomically(() => {
      const wasCanceled = corpus.job(jobId)?.state === 'canceled';
      const asked = corpus.requestCancel(jobId);
      const endsNow = !wasCanceled && asked.state === 'canceled';
      if (endsNow) endCanceled(asked, corpus);
      return { job: asked, ended: endsNow };
    });
    if (ended) await queue.remove(jobId);
    return job;
  }

  /** Throws ConflictError if the job succeeded, or if its document has moved on. */
  async retry(jobId: string): Promise<JobRecord> {
    const { corpus, queue } = this.#parts;
    const job = corpus.atomically(() => this.#reopen(jobId));
    if (job.state !== 'enqueued') return job;
    const deletes = job.kind === 'delete_document';
    await queue.enqueue(jobId, { priority: deletes ? PRIORITY.delete : PRIORITY.ingest });
    return job;
  }

  #reopen(jobId: string): JobRecord {
    const { corpus } = this.#parts;
    const old = corpus.job(jobId);
    if (old?.state === 'enqueued' || old?.state === 'processing') return old;
    if (old) this.#requireRepeatable(old);
    const job = corpus.reopenJob(jobId);
    const status = job.kind === 'delete_document' ? 'deleting' : 'pending';
    // Other kinds work on what is published, which stays in use.
    if (job.kind === 'delete_document' || job.kind === 'ingest_document')
      corpus.setDocumentStatus(job.documentId, job.version, status);
    return job;
  }

  #requireRepeatable(job: JobRecord): void {
    if (job.state === 'succeeded') {
      throw new ConflictError(
        `The job ${job.id} succeeded already.`,
        'Hand the document in again if it changed.',
      );
    }
    const document = this.#parts.corpus.document(job.workspaceId, job.documentId);
    if (document?.version === job.version && document.status !== 'deleting') return;
    throw new ConflictError(
      `The document of the job ${job.id} was deleted or handed in again since.`,
      'Look at the newer job of the document.',
    );
  }

  async removeWorkspace(workspaceId: string): Promise<void> {
    const { corpus, graph, engine } = this.#parts;
    for (const job of corpus.unfinishedJobs()) {
      if (job.workspaceId === workspaceId) await this.cancel(job.id);
    }
    // First the store that may be away: then nothing has happened yet, and all can be asked for again.
    await graph.removeWorkspace(workspaceId);
    const gone = corpus.deleteWorkspace(workspaceId);
    // A job that ended only now may have written once more.
    await graph.removeWorkspace(workspaceId);
    await engine.deleteKv(gone.obsoleteKvKeys);
    removeBlobs(gone.obsoleteBlobs, this.#parts);
  }

  /**
   * After a start, before jobs run: unfinished jobs are queued again, documents that a crash left without
   * a job get one, and files nothing refers to are removed. Graphs: see `syncGraphStore`.
   */
  async repair(): Promise<void> {
    const { corpus, queue } = this.#parts;
    const unfinished = corpus.unfinishedJobs();
    for (const job of unfinished) {
      const priority = job.kind === 'delete_document' ? PRIORITY.delete : PRIORITY.ingest;
      await queue.enqueue(job.id, { priority });
    }
    await this.#adoptOrphans(new Set(unfinished.map((job) => job.documentId)));
    await this.#sweep();
  }

  async #submit(input: NewDocument, store: () => Promise<string>): Promise<Accepted> {
    let accepted: Recorded | undefined;
    while (!accepted) accepted = this.#accept({ ...input, contentHash: await store() });
    const { document, job, outcome } = accepted;
    for (const older of accepted.older) await this.cancel(older.id);
    if (job && accepted.isNew) {
      await this.#parts.queue.enqueue(job.id, { priority: PRIORITY.ingest });
    }
    return { document, job, outcome };
  }

  /** Undefined if the bytes were removed since they were stored: until now no document needed them. */
  #accept(input: PutDocument): Recorded | undefined {
    const { corpus, blobs } = this.#parts;
    return corpus.atomically(() => {
      if (!blobs.has(input.contentHash)) return undefined;
      const { document, outcome } = corpus.putDocument(input);
      const open = this.#openJobs(document.id).filter((job) => job.kind === 'ingest_document');
      const current = open.find((job) => job.version === document.version);
      if (current) return { document, job: current, outcome, isNew: false, older: [] };
      if (outcome === 'unchanged' && document.publishedVersion === document.version) {
        return { document, job: undefined, outcome, isNew: false, older: [] };
      }
      const job = this.#record('ingest_document', document);
      const recorded = corpus.document(document.workspaceId, document.id)!;
      return { document: recorded, job, outcome, isNew: true, older: open };
    });
  }

  async #enqueue(kind: JobRecord['kind'], document: DocumentRecord): Promise<JobRecord> {
    const { corpus, queue } = this.#parts;
    const job = corpus.atomically(() => this.#record(kind, document));
    const priority = kind === 'delete_document' ? PRIORITY.delete : PRIORITY.ingest;
    await queue.enqueue(job.id, { priority });
    return job;
  }

  #record(kind: JobRecord['kind'], document: DocumentRecord): JobRecord {
    const { corpus } = this.#parts;
    const status = kind === 'ingest_document' ? 'pending' : 'deleting';
    corpus.setDocumentStatus(document.id, document.version, status);
    return corpus.createJob({
      workspaceId: document.workspaceId,
      kind,
      documentId: document.id,
      documentName: document.name,
      version: document.version,
    });
  }

  #document(workspaceId: string, documentId: string): DocumentRecord {
    const document = this.#parts.corpus.document(workspaceId, documentId);
    if (!document) throw new NotFoundError('document', documentId);
    return document;
  }

  #openJobs(documentId: string): readonly JobRecord[] {
    const states = ['enqueued', 'processing'] as const;
    return this.#parts.corpus.jobs({ documentId, states }, { limit: 200 }).data;
  }

  /** Documents that were recorded, but whose process died before their job was. */
  async #adoptOrphans(withJob: ReadonlySet<string>): Promise<void> {
    const { corpus } = this.#parts;
    const documents = workspaceIds(corpus).flatMap((id) => documentsOf(corpus, id));
    for (const document of documents) {
      if (withJob.has(document.id)) continue;
      if (document.status === 'deleting') await this.#enqueue('delete_document', document);
      if (document.status === 'pending' || document.status === 'processing') {
        await this.#enqueue('ingest_document', document);
      }
    }
  }

  /**
   * Removes KV files and blobs that no chunk and no document refers to. Unfinished jobs do not stand against
   * it: what they had stored, but not yet recorded, they store again.
   */
  async #sweep(): Promise<void> {
    const { corpus, engine, blobs } = this.#parts;
    const keys = new Set(workspaceIds(corpus).flatMap((id) => corpus.kvKeys(id)));
    const strayKeys = (await engine.kvKeys()).filter((key) => !keys.has(key));
    await engine.deleteKv(strayKeys);
    removeBlobs(await blobs.hashes(), { corpus, blobs });
    await blobs.removeInterrupted();
  }
}
