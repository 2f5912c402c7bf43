/** Documents mention each other by title, whoever came first. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { entityId } from '../../graph/index.ts';
import { IdentityService, previewDeletion, withTitles } from '../../ingest/index.ts';
import { extractDocument } from '../../ingest/extract/index.ts';
import { syncGraph } from '../../ingest/ingest-document.ts';
import { syncTitles } from '../../ingest/titles/index.ts';
import { TitleIndex } from '../../ingest/titles/title-index.ts';
import { publicationOf, testStores } from '../graph/fixtures.ts';

/** A workspace into which documents go as by jobs: published, written to the graph, followed by what names them. */
function library() {
  const { corpus, graph: bare, titles, identity } = testStores();
  const graph = withTitles(bare, { corpus, titles });
  const parts = { corpus, graph, titles };
  const ws = corpus.createWorkspace({ name: 'Library' }).id;
  let versions = 0;

  async function put(key: string, title: string, text: string): Promise<string> {
    const { document } = corpus.putDocument({
      workspaceId: ws,
      externalKey: key,
      name: key,
      mediaType: 'text/plain',
      source: 'text',
      contentHash: `hash ${versions++}`,
      bytes: 1,
    });
    const { id, version } = document;
    const runToken = begun('ingest_document', id, version);
    const publication = publicationOf(ws, id, version, title, [text]);
    const { parsed, chunks } = publication;
    const extractions = extractDocument({ parsed, chunks });
    corpus.publish({ ...publication, extractions }, runToken);
    await syncGraph(ws, id, version, parts);
    await syncTitles(ws, parts);
    return id;
  }

  async function remove(id: string): Promise<void> {
    const { version } = corpus.document(ws, id)!;
    const runToken = begun('delete_document', id, version);
    await graph.removeDocument(ws, id);
    corpus.removeDocument(ws, id, runToken);
    await syncTitles(ws, parts);
  }

  function begun(kind: 'ingest_document' | 'delete_document', documentId: string, version: number) {
    const job = corpus.createJob({ workspaceId: ws, kind, documentId, documentName: 'x', version });
    return corpus.beginJob(job.id)!.runToken;
  }

  /** Words that mentions of an entity show, each with the name of its document. */
  async function mentions(name: string): Promise<string[]> {
    const found = await graph.mentionsOfEntities(ws, [entityId(ws, name)], 100);
    return found
      .map(({ surface, documentId }) => `${corpus.document(ws, documentId)!.name}: ${surface}`)
      .sort();
  }

  async function afresh(): Promise<string[]> {
    await graph.removeWorkspace(ws);
    const { data } = corpus.documents(ws, {}, { limit: 200 });
    for (const { id, version } of data) await syncGraph(ws, id, version, parts);
    return graph.dump(ws);
  }

  return { ...parts, identity, ws, put, remove, mentions, afresh };
}

const REEFS =
  'The survey says that coral reef bleaching spreads. Sailors feared coral reef bleaching.';

describe('The title of another document', () => {
  it('is a mention of it in texts that came before', async () => {
    const { put, mentions } = library();
    await put('survey', 'Survey', REEFS);
    expect(await mentions('coral reef bleaching')).toEqual([]);
    await put('topic', 'Coral Reef Bleaching', 'It was seen in 1998.');
    expect(await mentions('coral reef bleaching')).toEqual([
      'survey: coral reef bleaching',
      'survey: coral reef bleaching',
    ]);
  });

  it('is a mention no more when the document goes or is called otherwise', async () => {
    const { put, remove, mentions } = library();
    await put('survey', 'Survey', REEFS);
    const topic = await put('topic', 'Coral Reef Bleaching', 'It was seen in 1998.');
    await put('topic', 'White corals', 'It was seen in 1998.');
    expect(await mentions('coral reef bleaching')).toEqual([]);
    await put('topic', 'Coral reef bleaching (biology)', 'It was seen in 1998.');
    expect(await mentions('coral reef bleaching')).toHaveLength(2);
    await remove(topic);
    expect(await mentions('coral reef bleaching')).toEqual([]);
  });

  it('is known by a name that was merged into it, until that is undone', async () => {
    const { put, mentions, ws, ...parts } = library();
    await put('survey', 'Survey', REEFS);
    await put('topic', 'Ocean Warming', 'Fridtjof Nansen met Coral Reef Bleaching in 1998.');
    const service = new IdentityService({ ...parts, engine: undefined as never });
    const [from, into] = ['Coral Reef Bleaching', 'Fridtjof Nansen'].map((n) => entityId(ws, n));
    const { record } = await service.editor.merge(ws, from!, into!);
    const places = ['survey: coral reef bleaching', 'survey: coral reef bleaching'];
    expect(await mentions('Fridtjof Nansen')).toEqual(expect.arrayContaining(places));
    await service.editor.undo(ws, record.undoToken);
    expect(await mentions('Fridtjof Nansen')).toEqual(['topic: Fridtjof Nansen']);
    expect(await mentions('Coral Reef Bleaching')).toEqual(['topic: Coral Reef Bleaching']);
  });

  it('counts in what a deletion would remove', async () => {
    const { put, remove, graph, ws, ...parts } = library();
    await put('survey', 'Survey', REEFS);
    const topic = await put('topic', 'Coral Reef Bleaching', 'It was seen in 1998.');
    const before = await graph.stats(ws);
    const { change } = await previewDeletion({ graph, ...parts }, ws, topic);
    await remove(topic);
    expect((await graph.stats(ws)).entities).toBe(before.entities - change.entitiesRemoved);
    expect(change.entitiesRemoved).toBeGreaterThan(0);
  });

  it('leaves the graph that the final documents give afresh, after any history', async () => {
    const titles = ['Coral Reef', 'Coral reef bleaching', 'Fram', 'Reef', 'survey of the sea'];
    const words = ['coral reef', 'bleaching', 'the Fram', 'Reef', 'survey of the sea', 'sailed. '];
    const step = fc.record({
      key: fc.constantFrom('a', 'b', 'c', 'd'),
      title: fc.constantFrom(...titles),
      text: fc.array(fc.constantFrom(...words), { minLength: 1, maxLength: 8 }),
      isRemoved: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 10 }), async (steps) => {
        const made = library();
        for (const { key, title, text, isRemoved } of steps) {
          const known = made.corpus.documentByKey(made.ws, key);
          if (isRemoved && known) await made.remove(known.id);
          else await made.put(key, title, `They saw ${text.join(' ')}.`);
        }
        expect(await made.graph.dump(made.ws)).toEqual(await made.afresh());
      }),
      { numRuns: 10 },
    );
  });

  it('is found where it stands as words, a single word only with a capital', () => {
    const index = new TitleIndex();
    for (const title of ['fram', 'fram museum', 'st. louis', '1984', 'the', 'go']) index.add(title);
    const found = (text: string, own?: string): string[] =>
      index.placesIn(text, own).map(({ start, end }) => text.slice(start, end));
    expect(found('In St. Louis the Fram Museum shows Fram’s mast.')).toEqual([
      'St. Louis',
      'Fram Museum',
      'Fram',
    ]);
    expect(found('We fram the 1984, framed. Fram; museum. Go on.')).toEqual(['Fram']);
    expect(found('The Fram Museum', 'fram museum')).toEqual(['Fram']);
    index.remove('fram');
    expect(found('The Fram near the Fram Museum')).toEqual(['Fram Museum']);
  });
});
