import { describe, expect, test } from 'vitest';
import { EngineError, type Tokenizer } from '../../engine/index.ts';
import { ConflictError, type CorpusStore } from '../../graph/index.ts';
import { jobHandler } from '../../ingest/handle-job.ts';
import { RetryableError, type Delivery } from '../../ingest/queue/index.ts';
import { publicationOf } from '../graph/fixtures.ts';
import { ingestParts, submitted, textDocument, type TestParts } from './ingest-parts.ts';

const sqliteError = (code: string): Error => Object.assign(new Error('disk trouble'), { code });

/** Runs a job once; its parse stage fails with `error`, and `broken` methods of the store always do. */
async function deliver(
  parts: TestParts,
  jobId: string,
  { error, failures = 0, broken = {} }: Fault,
): Promise<void> {
  const corpus: CorpusStore = { ...parts.corpus, ...broken };
  const blobs = Object.assign(Object.create(parts.blobs) as typeof parts.blobs, {
    path: () => {
      throw error;
    },
  });
  const handler = jobHandler(
    { ...parts, corpus, blobs, tokenizer: {} as Tokenizer, limits: {} },
    { warn: () => {} },
  );
  const delivery = { jobId, attempt: failures + 1, failures, signal: new AbortController().signal };
  await handler(delivery satisfies Delivery);
}

interface Fault {
  readonly error: Error;
  readonly failures?: number;
  readonly broken?: Partial<CorpusStore>;
}

async function publishedJob(parts: TestParts): Promise<{ jobId: string; documentId: string }> {
  const job = await submitted(parts, 'The Fram.');
  const { runToken } = parts.corpus.beginJob(job.id)!;
  const sections = ['The Fram was built in Larvik.'];
  const publication = publicationOf(parts.workspaceId, job.documentId, 1, 'Fram', sections);
  parts.corpus.publish(publication, runToken);
  return { jobId: job.id, documentId: job.documentId };
}

const statusOf = ({ corpus, workspaceId }: TestParts, documentId: string) =>
  corpus.document(workspaceId, documentId)!.status;

describe('a job that meets a fault of the machine', () => {
  test.each(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_BUSY', 'ENOSPC', 'EIO'])(
    'is tried again however often it met it: %s',
    async (code) => {
      const parts = ingestParts();
      const { id } = await submitted(parts, 'The Fram.');
      const failed = deliver(parts, id, { error: sqliteError(code), failures: 100 });
      await expect(failed).rejects.toMatchObject({ name: 'RetryableError', unlimited: true });
      expect(parts.corpus.job(id)!.state).toBe('processing');
    },
  );

  test('is tried again when its end, or its beginning, could not be written', async () => {
    const parts = ingestParts();
    const { id } = await submitted(parts, 'The Fram.');
    const full = (): never => {
      throw sqliteError('SQLITE_FULL');
    };
    const unwritten = deliver(parts, id, { error: new Error('x'), broken: { finishJob: full } });
    await expect(unwritten).rejects.toBeInstanceOf(RetryableError);
    expect(statusOf(parts, parts.corpus.job(id)!.documentId)).toBe('processing');
    const unbegun = deliver(parts, id, { error: new Error('x'), broken: { beginJob: full } });
    await expect(unbegun).rejects.toBeInstanceOf(RetryableError);
  });

  test('outlasts an engine that is gone, and tells nothing of what the engine said', async () => {
    const parts = ingestParts();
    const { id } = await submitted(parts, 'The Fram.');
    const error = new EngineError('/home/ada/secret', { fix: 'none' });
    await expect(deliver(parts, id, { error, failures: 20 })).rejects.toBeInstanceOf(
      RetryableError,
    );
    await deliver(parts, id, { error, failures: 29 });
    expect(parts.corpus.job(id)).toMatchObject({
      state: 'failed',
      error: { code: 'engine_error' },
    });
    expect(parts.corpus.job(id)!.error!.message).not.toContain('ada');
  });
});

describe('an ingest that ends after its document was published', () => {
  test('leaves it ready, and the same bytes are unchanged', async () => {
    const parts = ingestParts();
    const { jobId, documentId } = await publishedJob(parts);
    await deliver(parts, jobId, { error: new Error('the KV could not be computed') });
    expect(parts.corpus.job(jobId)!.state).toBe('failed');
    expect(statusOf(parts, documentId)).toBe('ready');
    const bytes = Buffer.from('The Fram.');
    const again = await parts.service.submitBytes(textDocument(parts.workspaceId), bytes);
    expect(again).toMatchObject({ outcome: 'unchanged', job: undefined });
  });
});

describe('a document on its way out', () => {
  test('is not brought back by the end of its ingest, nor by a retry of it', async () => {
    const parts = ingestParts();
    const { jobId, documentId } = await publishedJob(parts);
    const removal = await parts.service.remove(parts.workspaceId, documentId);
    await deliver(parts, jobId, { error: new Error('x') });
    expect(statusOf(parts, documentId)).toBe('deleting');
    await expect(parts.service.retry(jobId)).rejects.toThrow(ConflictError);
    expect(statusOf(parts, documentId)).toBe('deleting');
    await parts.service.cancel(removal.id);
    expect(statusOf(parts, documentId)).toBe('ready');
  });
});

describe('a deletion', () => {
  test('gives the graph back what it took when the document was handed in again meanwhile', async () => {
    const parts = ingestParts();
    const { documentId } = await publishedJob(parts);
    const removal = await parts.service.remove(parts.workspaceId, documentId);
    const calls: string[] = [];
    const { graph } = parts;
    const watched = Object.assign(Object.create(graph) as typeof graph, {
      removeDocument: async (workspaceId: string, id: string) => {
        calls.push('removed');
        await submitted(parts, 'A newer version.');
        return graph.removeDocument(workspaceId, id);
      },
      replaceDocument: async (...given: Parameters<typeof graph.replaceDocument>) => {
        calls.push('restored');
        return graph.replaceDocument(...given);
      },
    });
    await deliver({ ...parts, graph: watched }, removal.id, { error: new Error('unused') });
    expect(calls).toEqual(['removed', 'restored']);
    expect(parts.corpus.job(removal.id)!.state).toBe('canceled');
    expect(statusOf(parts, documentId)).toBe('pending');
  });
});

describe('a retry', () => {
  test('of a job that succeeded or was superseded is refused', async () => {
    const parts = ingestParts();
    const first = await submitted(parts, 'The first version.');
    const second = await submitted(parts, 'The second version.');
    expect(parts.corpus.job(first.id)!.state).toBe('canceled');
    await expect(parts.service.retry(first.id)).rejects.toThrow(ConflictError);
    expect(await parts.service.retry(second.id)).toMatchObject({ state: 'enqueued' });
    const { runToken } = parts.corpus.beginJob(second.id)!;
    parts.corpus.finishJob(second.id, runToken, 'succeeded');
    await expect(parts.service.retry(second.id)).rejects.toThrow(ConflictError);
  });
});
