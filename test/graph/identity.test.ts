import { beforeEach, describe, expect, it } from 'vitest';
import {
  ConflictError,
  IdentityEditor,
  NotFoundError,
  entityId,
  suggestMerges,
  suggestSplit,
} from '../../graph/index.ts';
import type { ChunkExtraction, EntityType, GraphStore, IdentityStore } from '../../graph/index.ts';
import { testStores } from './fixtures.ts';

const WS = 'ws_names';
const id = (name: string) => entityId(WS, name);

type Said = readonly [subject: string, relation: string, object: string];

/** A document of one chunk that mentions the names, and says the facts. */
function said(
  documentId: string,
  names: readonly string[],
  facts: readonly Said[] = [],
): ChunkExtraction[] {
  const typeOf = (name: string): EntityType => (/^[0-9]{4}$/u.test(name) ? 'date' : 'person');
  let at = 0;
  const spanOf = (text: string) => ({ start: at, end: (at += text.length + 1) - 1 });
  const end = (name: string) => ({ name, type: typeOf(name), span: spanOf(name) });
  return [
    {
      chunkId: `chk_${documentId}`,
      mentions: names.map((name) => ({ surface: name, ...end(name) })),
      triples: facts.map(([subject, relation, object]) => ({
        subject: end(subject),
        relation: { name: relation, span: spanOf(relation) },
        object: end(object),
        confidence: 0.9,
        negated: false,
        sentence: { start: 0, end: at },
      })),
    },
  ];
}

let graph: GraphStore;
let identity: IdentityStore;
let documents: Map<string, ChunkExtraction[]>;
let editor: IdentityEditor;

beforeEach(() => {
  ({ graph, identity } = testStores());
  documents = new Map();
  const rewrite = async (ws: string, documentId: string): Promise<void> => {
    const extractions = documents.get(documentId);
    if (extractions) await graph.replaceDocument(ws, documentId, extractions);
  };
  editor = new IdentityEditor({ graph, identity, rewrite });
});

async function write(documentId: string, names: readonly string[], facts: readonly Said[] = []) {
  documents.set(documentId, said(documentId, names, facts));
  await graph.replaceDocument(WS, documentId, documents.get(documentId)!);
}

async function remove(documentId: string) {
  documents.delete(documentId);
  await graph.removeDocument(WS, documentId);
}

async function entityNames(): Promise<string[]> {
  return (await graph.entities(WS, {}, { limit: 100 })).data.map((entity) => entity.name).sort();
}

describe('a merge', () => {
  beforeEach(async () => {
    await write('doc_a', ['Samuel Clemens'], [['Samuel Clemens', 'born in', 'Florida']]);
    await write('doc_b', ['Mark Twain'], [['Mark Twain', 'wrote', 'Tom Sawyer']]);
  });

  it('makes one entity with the facts and the names of both', async () => {
    await editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'));
    expect(await entityNames()).toEqual(['Florida', 'Mark Twain', 'Tom Sawyer']);
    const twain = (await graph.entity(WS, id('Mark Twain')))!;
    expect(twain).toMatchObject({ mentionCount: 2, factCount: 2, documentCount: 2 });
    expect(twain.aliases).toContain('Samuel Clemens');
  });

  it('is found by either name and by the id that was merged away', async () => {
    await editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'));
    const found = await graph.entitiesByName(WS, ['samuel clemens', 'Mark Twain']);
    expect(found.get('samuel clemens')!.map((entity) => entity.id)).toEqual([id('Mark Twain')]);
    expect(found.get('Mark Twain')!.map((entity) => entity.id)).toEqual([id('Mark Twain')]);
    expect((await graph.entity(WS, id('Samuel Clemens')))!.id).toBe(id('Mark Twain'));
    const around = await graph.neighbourhood(WS, [id('Samuel Clemens')], { depth: 1, limit: 10 });
    expect(around.facts).toHaveLength(2);
  });

  it('is undone exactly, once', async () => {
    const before = await graph.dump(WS);
    const { record } = await editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'));
    expect(await graph.dump(WS)).not.toEqual(before);
    await editor.undo(WS, record.undoToken);
    expect(await graph.dump(WS)).toEqual(before);
    await expect(editor.undo(WS, record.undoToken)).rejects.toThrow(ConflictError);
    await expect(editor.undo(WS, 'undo_unknown')).rejects.toThrow(NotFoundError);
    await expect(editor.undo('ws_other', record.undoToken)).rejects.toThrow(NotFoundError);
  });

  it('sleeps while its entity is gone and works again when it comes back', async () => {
    await editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'));
    await remove('doc_a');
    expect(await entityNames()).toEqual(['Mark Twain', 'Tom Sawyer']);
    await write('doc_c', ['Samuel Clemens']);
    expect(await entityNames()).toEqual(['Mark Twain', 'Tom Sawyer']);
    expect((await graph.entity(WS, id('Mark Twain')))!.mentionCount).toBe(2);
  });

  it('is refused for one and the same entity and for one that is not there', async () => {
    await expect(editor.merge(WS, id('Mark Twain'), id('mark twain'))).rejects.toThrow(
      ConflictError,
    );
    await expect(editor.merge(WS, id('Nobody'), id('Mark Twain'))).rejects.toThrow(NotFoundError);
    await editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'));
    await expect(editor.merge(WS, id('Samuel Clemens'), id('Mark Twain'))).rejects.toThrow(
      ConflictError,
    );
  });

  it('that a crash interrupted is carried through after the start', async () => {
    const wanted = newEditorThatDies();
    await expect(wanted.merge(WS, id('Samuel Clemens'), id('Mark Twain'))).rejects.toThrow('crash');
    expect(identity.unapplied()).toHaveLength(1);
    expect(await entityNames()).toContain('Samuel Clemens');
    expect(await editor.resume()).toBe(1);
    expect(await entityNames()).toEqual(['Florida', 'Mark Twain', 'Tom Sawyer']);
    expect(await editor.resume()).toBe(0);
  });

  function newEditorThatDies(): IdentityEditor {
    const rewrite = () => Promise.reject(new Error('crash'));
    return new IdentityEditor({ graph, identity, rewrite });
  }
});

describe('a split', () => {
  beforeEach(async () => {
    await write('doc_a', ['Michael Jordan', 'Chicago Bulls', 'NBA']);
    await write('doc_b', ['Michael Jordan', 'NBA', 'Scottie Pippen']);
    await write('doc_c', ['Michael Jordan', 'Berkeley', 'Machine Learning']);
    await write('doc_d', ['Michael Jordan', 'Machine Learning', 'Statistics']);
  });
  const player = 'Michael Jordan (player)';
  const professor = 'Michael Jordan (professor)';

  it('gives each document its sense: as listed, by context, or the rest', async () => {
    await editor.split(
      WS,
      id('Michael Jordan'),
      [
        { name: player, documents: ['doc_a'], cues: { [id('NBA')]: 1 } },
        { name: professor, documents: ['doc_c'], cues: { [id('Statistics')]: 1 } },
      ],
      player,
    );
    const places = async (name: string) =>
      (await graph.mentionsOfEntities(WS, [id(name)], 9)).map((mention) => mention.documentId);
    expect(await places(player)).toEqual(['doc_a', 'doc_b']);
    expect(await places(professor)).toEqual(['doc_c', 'doc_d']);
    await write('doc_e', ['Michael Jordan', 'Statistics']);
    await write('doc_f', ['Michael Jordan', 'Golf']);
    expect(await places(professor)).toEqual(['doc_c', 'doc_d', 'doc_e']);
    expect(await places(player)).toEqual(['doc_a', 'doc_b', 'doc_f']);
    const found = await graph.entitiesByName(WS, ['Michael Jordan']);
    expect(found.get('Michael Jordan')!.map((entity) => entity.name)).toEqual([player, professor]);
  });

  it('is undone exactly, also after merges on top of it', async () => {
    const before = await graph.dump(WS);
    const senses = [{ name: player, documents: ['doc_a', 'doc_b'] }, { name: professor }];
    const split = await editor.split(WS, id('Michael Jordan'), senses, professor);
    const merge = await editor.merge(WS, id(player), id('Scottie Pippen'));
    await editor.undo(WS, split.record.undoToken);
    await editor.undo(WS, merge.record.undoToken);
    expect(await graph.dump(WS)).toEqual(before);
  });

  it('may leave one sense the name it had', async () => {
    const senses = [{ name: player, documents: ['doc_a', 'doc_b'] }, { name: 'Michael Jordan' }];
    await editor.split(WS, id('Michael Jordan'), senses, 'Michael Jordan');
    expect((await graph.entity(WS, id('Michael Jordan')))!.documentCount).toBe(2);
    expect((await graph.entity(WS, id(player)))!.documentCount).toBe(2);
  });

  it('is refused without two different senses, or with a rest that is none of them', async () => {
    const split = (senses: { name: string }[], rest: string) =>
      editor.split(WS, id('Michael Jordan'), senses, rest);
    await expect(split([{ name: player }], player)).rejects.toThrow(ConflictError);
    await expect(split([{ name: player }, { name: player }], player)).rejects.toThrow(
      ConflictError,
    );
    await expect(split([{ name: player }, { name: professor }], 'x')).rejects.toThrow(
      ConflictError,
    );
  });

  it('gives no document to two senses', async () => {
    const senses = [
      { name: player, documents: ['doc_a', 'doc_b'] },
      { name: professor, documents: ['doc_b'] },
    ];
    await expect(editor.split(WS, id('Michael Jordan'), senses, player)).rejects.toThrow(
      'doc_b is given to two senses.',
    );
  });

  it('is suggested where the documents of a name fall apart', () => {
    const all = [...documents].map(([documentId, extractions]) => ({ documentId, extractions }));
    const entity = { id: id('Michael Jordan'), name: 'Michael Jordan' };
    const suggestion = suggestSplit(WS, entity, all)!;
    expect(suggestion.senses.map((sense) => sense.documents)).toEqual([
      ['doc_a', 'doc_b'],
      ['doc_c', 'doc_d'],
    ]);
    expect(suggestion.senses.map((sense) => sense.name)).toEqual([
      'Michael Jordan (NBA)',
      'Michael Jordan (Machine Learning)',
    ]);
    expect(suggestSplit(WS, entity, all.slice(0, 2))).toBeUndefined();
  });
});

describe('suggested merges', () => {
  const suggest = async (least = 0.5) => {
    const parts = { graph, standing: identity.standing(WS) };
    const { suggestions } = await suggestMerges(parts, WS, { least });
    return suggestions.map(({ from, into }) => `${from.name} > ${into.name}`);
  };

  it('pair a full name with its initials, and an office with its acronym', async () => {
    await write(
      'doc_a',
      ['John Ronald Reuel Tolkien'],
      [['John Ronald Reuel Tolkien', 'wrote', 'The Hobbit']],
    );
    await write(
      'doc_b',
      ['J. R. R. Tolkien', 'J. R. R. Tolkien'],
      [['J. R. R. Tolkien', 'wrote', 'The Hobbit']],
    );
    await write('doc_c', ['World Health Organization']);
    await write('doc_d', ['WHO', 'WHO']);
    const found = await suggest();
    expect(found).toContain('John Ronald Reuel Tolkien > J. R. R. Tolkien');
    expect(found).toContain('World Health Organization > WHO');
  });

  it('explain themselves: the evidence adds up to the probability', async () => {
    await write('doc_a', ['Dr. Ada Lovelace'], [['Dr. Ada Lovelace', 'wrote to', 'Babbage']]);
    await write('doc_b', ['Ada Lovelace'], [['Ada Lovelace', 'wrote to', 'Babbage']]);
    const { suggestions } = await suggestMerges({ graph, standing: [] }, WS);
    const [first] = suggestions;
    expect(first!.evidence.map((each) => each.feature)).toEqual(
      expect.arrayContaining(['prior', 'same_core', 'same_type', 'shared_neighbours']),
    );
    const logOdds = first!.evidence.reduce((sum, each) => sum + each.value * each.weight, 0);
    expect(first!.probability).toBeCloseTo(1 / (1 + Math.exp(-logOdds)), 10);
  });

  it('do not pair what numbers, dates of birth or facts tell apart', async () => {
    await write('doc_a', ['Apollo 11'], [['Apollo 11', 'reached', 'Moon']]);
    await write('doc_b', ['Apollo 12'], [['Apollo 12', 'reached', 'Moon']]);
    await write('doc_c', ['Henry IV']);
    await write('doc_d', ['Henry V']);
    await write('doc_e', ['John Smithson'], [['John Smithson', 'born', '1802']]);
    await write('doc_f', ['Jon Smithson'], [['Jon Smithson', 'born', '1950']]);
    await write(
      'doc_g',
      ['Peter Bruegel', 'Pieter Bruegel'],
      [['Peter Bruegel', 'father of', 'Pieter Bruegel']],
    );
    expect(await suggest()).toEqual([]);
  });

  it('are neither of descriptions nor of what no text names', async () => {
    await write('doc_a', ['sloop', 'small sloop', 'mayor of Larvik', 'Larvik', 'Fram Haus']);
    await write('doc_b', ['sloop'], [['FRAM HAUS AG', 'lies in', 'Larvik']]);
    const { suggestions } = await suggestMerges({ graph, standing: [] }, WS, { least: 0 });
    expect(suggestions.map(({ from, into }) => [from.name, into.name])).toEqual([]);
  });

  it('let others run while many names are compared', async () => {
    const names = Array.from({ length: 3_000 }, (_, i) => `Person${i % 40} Family${i % 500} ${i}`);
    await write('doc_many', names);
    let turns = 0;
    const others = setInterval(() => turns++, 0);
    await suggestMerges({ graph, standing: [] }, WS);
    clearInterval(others);
    expect(turns).toBeGreaterThan(3);
  });

  it('are not made again once they were declared two things', async () => {
    await write('doc_a', ['Dr. Ada Lovelace']);
    await write('doc_b', ['Ada Lovelace']);
    expect(await suggest()).toHaveLength(1);
    await editor.keepApart(WS, id('Ada Lovelace'), id('Dr. Ada Lovelace'));
    expect(await suggest()).toEqual([]);
  });
});
