import { describe, expect, test } from 'vitest';
import { removeBlobs } from '../../ingest/ingest-document.ts';
import { ingestParts, submitted, textDocument } from './ingest-parts.ts';

describe('canceling a deletion', () => {
  test('has brought the document back before the queue is asked, so that a crash changes nothing', async () => {
    const parts = ingestParts();
    const { corpus, queue, service, workspaceId } = parts;
    const { documentId } = await submitted(parts, 'Colin Archer designed the Fram.');
    const removal = await service.remove(workspaceId, documentId);
    queue.onRemove = () => {
      throw new Error('the process died');
    };
    await expect(service.cancel(removal.id)).rejects.toThrow('died');
    queue.onRemove = () => {};
    queue.enqueued.length = 0;
    await service.repair();
    expect(corpus.document(workspaceId, documentId)!.status).not.toBe('deleting');
    expect(queue.enqueued).toEqual([]);
  });
});

describe('bytes that are handed in while a clean-up takes them away', () => {
  test('are stored again', async () => {
    const { blobs, corpus, service, workspaceId } = ingestParts();
    const bytes = Buffer.from('The first version.');
    const put = blobs.put.bind(blobs);
    let stored = 0;
    blobs.put = async (given) => {
      const hash = await put(given);
      // No document needs them yet: the clean-up of a replaced version comes in between.
      if (stored++ === 0) removeBlobs([hash], { corpus, blobs });
      return hash;
    };
    const { document } = await service.submitBytes(textDocument(workspaceId), bytes);
    expect(stored).toBe(2);
    expect(blobs.has(document.contentHash)).toBe(true);
    removeBlobs([document.contentHash], { corpus, blobs });
    expect(blobs.has(document.contentHash)).toBe(true);
  });
});
