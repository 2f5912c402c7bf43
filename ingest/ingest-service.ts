/** Taking documents in and out, as the API does it: records first, then a job. */
import type { EngineClient } from '../cache/index.ts';
import {
  NotFoundError,
  type CorpusStore,
  type DocumentRecord,
  type GraphChange,
  type GraphStore,
  type JobRecord,
  type PutDocument,
} from '../graph/index.ts';
import type { BlobStore } from './blobs.ts';
import { endCanceled } from './handle-job.ts';
import { removeBlobs, syncGraph } from './ingest-document.ts';
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

/** Deletions go before ingestion: what somebody wants gone should not wait for a long queue. */
const PRIORITY = { delete: 1, ingest: 10 } as const;

export class IngestService {
  readonly #parts: IngestServiceParts;

  constructor(parts: IngestServiceParts) {
    this.#parts = parts;
  }

  /** Bytes in a file that this call takes over. */
  async submitFile(document: NewDocument, path: string): Promise<Accepted> {
    return this.#submit({ ...document, contentHash: await this.#parts.blobs.adopt(path) });
  }

  async submitBytes(document: NewDocument, bytes: Uint8Array): Promise<Accepted> {
    return this.#submit({ ...document, contentHash: await this.#parts.blobs.put(bytes) });
  }

  /** What deleting the document would remove, and what other documents keep alive. */
  async previewRemoval(
    workspaceId: string,
    documentId: string,
  ): Promise<GraphChange & { chunks: number }> {
    const { corpus, graph } = this.#parts;
    this.#document(workspaceId, documentId);
    const change = await graph.previewRemoval(workspaceId, documentId);
    return { ...change, chunks: corpus.chunkIds(workspaceId, documentId).length };
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
    const wasCanceled = this.#parts.corpus.job(jobId)?.state === 'canceled';
    const job = this.#parts.corpus.requestCancel(jobId);
    if (wasCanceled || job.state !== 'canceled') return job;
    await this.#parts.queue.remove(jobId);
    endCanceled(job, this.#parts.corpus);
    return job;
  }

  async retry(jobId: string): Promise<JobRecord> {
    const job = this.#parts.corpus.reopenJob(jobId);
    if (job.state !== 'enqueued') return job;
    const deletes = job.kind === 'delete_document';
    this.#parts.corpus.setDocumentStatus(
      job.documentId,
      job.version,
      deletes ? 'deleting' : 'pending',
    );
    await this.#parts.queue.enqueue(jobId, {
      priority: deletes ? PRIORITY.delete : PRIORITY.ingest,
    });
    return job;
  }

  async removeWorkspace(workspaceId: string): Promise<void> {
    const { corpus, graph, engine } = this.#parts;
    for (const job of corpus.unfinishedJobs()) {
      if (job.workspaceId === workspaceId) await this.cancel(job.id);
    }
    const gone = corpus.deleteWorkspace(workspaceId);
    await graph.removeWorkspace(workspaceId);
    await engine.deleteKv(gone.obsoleteKvKeys);
    await removeBlobs(gone.obsoleteBlobs, this.#parts);
  }

  /**
   * After a start, before jobs run: unfinished jobs are queued again, documents that a crash left without
   * a job get one, graphs that were not written are, and files nothing refers to are removed.
   */
  async repair(): Promise<void> {
    const { corpus, queue } = this.#parts;
    for (const { workspaceId, documentId, version } of corpus.documentsAwaitingGraph()) {
      await syncGraph(workspaceId, documentId, version, this.#parts);
    }
    const unfinished = corpus.unfinishedJobs();
    for (const job of unfinished) {
      const priority = job.kind === 'delete_document' ? PRIORITY.delete : PRIORITY.ingest;
      await queue.enqueue(job.id, { priority });
    }
    await this.#adoptOrphans(new Set(unfinished.map((job) => job.documentId)));
    await this.#sweep();
  }

  async #submit(input: PutDocument): Promise<Accepted> {
    const { corpus, queue } = this.#parts;
    const accepted = corpus.atomically(
      (): Accepted & { isNew: boolean; older: readonly JobRecord[] } => {
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
      },
    );
    const { document, job, outcome } = accepted;
    for (const older of accepted.older) await this.cancel(older.id);
    if (job && accepted.isNew) await queue.enqueue(job.id, { priority: PRIORITY.ingest });
    return { document, job, outcome };
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
    for (const document of this.#allDocuments()) {
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
    const keys = new Set(this.#workspaceIds().flatMap((id) => corpus.kvKeys(id)));
    const strayKeys = (await engine.kvKeys()).filter((key) => !keys.has(key));
    await engine.deleteKv(strayKeys);
    await removeBlobs(await blobs.hashes(), { corpus, blobs });
    await blobs.removeInterrupted();
  }

  *#allDocuments(): Generator<DocumentRecord> {
    for (const workspaceId of this.#workspaceIds()) {
      for (let after: string | undefined; ;) {
        const page = this.#parts.corpus.documents(workspaceId, {}, { limit: 200, after });
        yield* page.data;
        if (!page.hasMore) break;
        after = page.data.at(-1)!.id;
      }
    }
  }

  #workspaceIds(): string[] {
    const ids: string[] = [];
    for (let after: string | undefined; ; after = ids.at(-1)) {
      const page = this.#parts.corpus.workspaces({ limit: 200, after });
      ids.push(...page.data.map((workspace) => workspace.id));
      if (!page.hasMore) return ids;
    }
  }
}
