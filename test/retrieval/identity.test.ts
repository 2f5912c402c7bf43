import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entityId } from '../../graph/index.ts';
import { IdentityService } from '../../ingest/index.ts';
import { linkPaths, search } from '../../retrieval/index.ts';
import { linkEntities } from '../../retrieval/linker.ts';
import { hashedVector, SHIPS, testCorpus, type TestCorpus } from './corpus.ts';

let corpus: TestCorpus;
let identity: IdentityService;

beforeAll(async () => {
  corpus = await testCorpus({
    ...SHIPS,
    Petrel: 'Samuel Clemens commanded the Petrel. The Petrel had two masts and a iron hull.',
    'Mark Twain': 'Mark Twain was born in the town of Florida. He wrote about a river.',
  });
  identity = new IdentityService({ ...corpus.stores, engine: undefined as never });
});
afterAll(() => corpus.close());

const question = 'In which town was the commander of the Petrel born?';
const id = (name: string) => entityId(corpus.workspaceId, name);

async function linked(text: string): Promise<string[]> {
  const { parts, workspaceId } = corpus;
  return (await linkEntities(parts.graph, workspaceId, text)).map((entity) => entity.name);
}

/** Titles of the chunks of every path that an entity ties together. */
async function chains(): Promise<string[]> {
  const { parts, workspaceId } = corpus;
  const request = { workspaceId, question, limit: 20 };
  const { candidates } = await search(parts, request, hashedVector(question));
  return linkPaths(candidates).map(({ steps }) =>
    steps
      .map((step) => {
        if (step.kind === 'chunk') return step.chunk.headingPath[0];
        return step.kind === 'entity' ? `(${step.name})` : '';
      })
      .filter(Boolean)
      .join(' '),
  );
}

describe('retrieval over merged entities', () => {
  it('links either name to the one entity, follows it from text to text, and stops on undo', async () => {
    const { workspaceId } = corpus;
    const before = await chains();
    const from = id('Samuel Clemens');
    const { record } = await identity.editor.merge(workspaceId, from, id('Mark Twain'));
    expect(await linked('Who was Samuel Clemens?')).toEqual(['Mark Twain']);
    expect(await linked('Who was Mark Twain?')).toEqual(['Mark Twain']);
    expect(await chains()).toContain('Petrel (Mark Twain) Mark Twain');

    await identity.editor.undo(workspaceId, record.undoToken);
    expect(await linked('Who was Samuel Clemens?')).toEqual(['Samuel Clemens']);
    expect(await chains()).toEqual(before);
    expect(before).not.toContain('Petrel (Mark Twain) Mark Twain');
  });

  it('merges by itself what is all but certain, and never again what was undone', async () => {
    const built = (name: string) =>
      `${name} built the Petrel. ${name} built the Kestrel. ${name} built the Albatros.`;
    const yards = await testCorpus({
      One: built('Archer Yards Corporation'),
      Two: built('Archer Yards'),
      Three: built('Larvik Works'),
    });
    const service = new IdentityService({ ...yards.stores, engine: undefined as never });
    const { workspaceId, stores } = yards;
    const names = async () =>
      (await stores.graph.entities(workspaceId, {}, { limit: 50 })).data.map(({ name }) => name);
    expect(await service.mergeCertain(workspaceId)).toBe(1);
    expect(await names()).toContain('Larvik Works');
    const [record] = stores.identity.standing(workspaceId);
    expect(record!.by).toBe('automatic');
    expect(record!.evidence.map((each) => each.feature)).toContain('same_core');
    await service.editor.undo(workspaceId, record!.undoToken);
    expect(await names()).toEqual(
      expect.arrayContaining(['Archer Yards', 'Archer Yards Corporation']),
    );
    expect(await service.mergeCertain(workspaceId)).toBe(0);
    await yards.close();
  });
});
