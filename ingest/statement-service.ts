/** Changes what facts are stated in, and has the documents of a workspace restated by jobs. */
import type {
  CorpusStore,
  DocumentRecord,
  JobKind,
  JobRecord,
  Schema,
  SchemaStore,
} from '../graph/index.ts';
import { documentsOf } from './listings.ts';
import type { JobQueue } from './queue/index.ts';

/** Behind documents that were handed in: those are not to be found at all until they are through. */
const PRIORITY = 20;

interface Parts {
  readonly corpus: CorpusStore;
  readonly schemas: SchemaStore;
  readonly queue: JobQueue;
}

export class StatementService {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** One job a document. A crash before they are queued is made good by `syncGraphStore` at the next start. */
  async putSchema(workspaceId: string, schema: Schema | undefined): Promise<void> {
    this.#parts.schemas.putSchema(workspaceId, schema);
    await this.#enqueueAll(workspaceId, 'restate_document');
  }

  /** A model reads the documents (all published ones by default); what it read takes the place of the rules' facts. */
  async readWithModel(workspaceId: string, documentIds?: readonly string[]): Promise<JobRecord[]> {
    return this.#enqueueAll(workspaceId, 'read_document', documentIds);
  }

  /** Documents that can be restated and read: those whose present version is published. */
  documentIds(workspaceId: string): string[] {
    return this.#documents(workspaceId).map((one) => one.id);
  }

  #documents(workspaceId: string): DocumentRecord[] {
    return documentsOf(this.#parts.corpus, workspaceId).filter(
      (one) => one.status !== 'deleting' && one.publishedVersion === one.version,
    );
  }

  async #enqueueAll(
    workspaceId: string,
    kind: JobKind,
    only?: readonly string[],
  ): Promise<JobRecord[]> {
    const { corpus, queue } = this.#parts;
    const wanted = only && new Set(only);
    const documents = this.#documents(workspaceId).filter(({ id }) => wanted?.has(id) ?? true);
    const jobs = corpus.atomically(() =>
      documents.map((one) => this.#openJob(one.id, kind) ?? this.#create(workspaceId, one, kind)),
    );
    for (const job of jobs) await queue.enqueue(job.id, { priority: PRIORITY });
    return jobs;
  }

  /** One that has not begun yet will see what is now so. */
  #openJob(documentId: string, kind: JobKind): JobRecord | undefined {
    const open = this.#parts.corpus.jobs({ documentId, states: ['enqueued'] }, { limit: 200 }).data;
    return open.find((job) => job.kind === kind);
  }

  #create(
    workspaceId: string,
    document: { readonly id: string; readonly name: string; readonly version: number },
    kind: JobKind,
  ): JobRecord {
    return this.#parts.corpus.createJob({
      workspaceId,
      kind,
      documentId: document.id,
      documentName: document.name,
      version: document.version,
    });
  }
}
