import { expect, it } from 'vitest';
import {
  EMBEDDER,
  beginRun,
  handIn,
  ingest,
  publicationOf,
  remove,
  testStores,
} from './fixtures.ts';
import { sentenceVectorsContract } from './sentence-vectors.contract.ts';

sentenceVectorsContract('SQLite', () => {
  const { corpus, sentences } = testStores(undefined, { embedder: EMBEDDER });
  const workspaceId = corpus.createWorkspace({ name: 'Sentences' }).id;
  const { documentId } = ingest(corpus, workspaceId, 'a.txt', 'A', ['One.', 'Two.', 'Three.']);
  return {
    sentences,
    workspaceId,
    otherWorkspaceId: corpus.createWorkspace({ name: 'Other' }).id,
    chunkIds: corpus.chunkIds(workspaceId, documentId),
    removeAllChunks: () => void remove(corpus, workspaceId, documentId),
  };
});

it('a publication brings the vectors of its sentences in the same commit, and kept chunks keep theirs', () => {
  const { corpus, sentences } = testStores(undefined, { embedder: EMBEDDER });
  const ws = corpus.createWorkspace({ name: 'Sentences' }).id;
  const publish = (version: number, texts: string[]): string[] => {
    const { document } = handIn(corpus, ws, 'a.txt', texts.join(' '));
    const { runToken, job } = beginRun(corpus, ws, document.id);
    const publication = publicationOf(ws, document.id, version, 'A', texts);
    const known = new Set(corpus.chunkIds(ws, document.id));
    const fresh = publication.chunks.filter(({ id }) => !known.has(id));
    const vectors = new Map(fresh.map(({ id }) => [id, [publication.vectors.get(id)!]]));
    corpus.publish({ ...publication, sentences: vectors }, runToken);
    corpus.finishJob(job.id, runToken, 'succeeded');
    return corpus.chunkIds(ws, document.id);
  };
  const first = publish(1, ['One.', 'Two.']);
  const second = publish(2, ['Two.', 'Three.']);
  const question = new Float32Array(8).fill(1);
  const found = sentences.similarities(ws, [...first, ...second], question);
  expect([...found.keys()].toSorted()).toEqual(second.toSorted());
});
