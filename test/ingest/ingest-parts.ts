/** Stores in a temporary home and a service whose engine does nothing, for tests of what happens around a job. */
import { join } from 'node:path';
import type { EngineClient } from '../../cache/index.ts';
import type { JobRecord } from '../../graph/index.ts';
import { BlobStore, IngestService, type JobQueue, type NewDocument } from '../../ingest/index.ts';
import { temporaryHome, testStores } from '../graph/fixtures.ts';

export class NoQueue {
  readonly kind = 'sqlite';
  readonly enqueued: string[] = [];
  /** Called in place of the removal. */
  onRemove: () => void = () => {};

  enqueue = async (jobId: string): Promise<void> => void this.enqueued.push(jobId);
  remove = async (): Promise<boolean> => {
    this.onRemove();
    return true;
  };
  position = async (): Promise<undefined> => undefined;
  counts = async () => ({ waiting: 0, active: 0, delayed: 0 });
  work = () => ({ close: async () => {} });
  close = async (): Promise<void> => {};
}

export function ingestParts() {
  const home = temporaryHome();
  const { corpus, graph, sentences, graphTexts, graphTextIndex } = testStores(home);
  const blobs = new BlobStore(join(home, 'blobs'));
  const queue = new NoQueue();
  const engine = { deleteKv: async () => {}, kvKeys: async () => [] } as Partial<EngineClient>;
  const parts = { corpus, graph, sentences, graphTexts, blobs, engine: engine as EngineClient };
  const service = new IngestService({ ...parts, queue: queue satisfies JobQueue });
  const workspaceId = corpus.createWorkspace({ name: 'Harbours' }).id;
  return { ...parts, graphTextIndex, home, queue, service, workspaceId };
}

export type TestParts = ReturnType<typeof ingestParts>;

export function textDocument(workspaceId: string, name = 'notes.txt'): NewDocument {
  return {
    workspaceId,
    externalKey: name,
    name,
    mediaType: 'text/plain',
    source: 'text',
    bytes: 5,
  };
}

/** Hands a text in; its job waits. */
export async function submitted(
  { service, workspaceId }: Pick<TestParts, 'service' | 'workspaceId'>,
  text: string,
): Promise<JobRecord> {
  const bytes = Buffer.from(text);
  const { job } = await service.submitBytes(textDocument(workspaceId), bytes);
  return job!;
}
