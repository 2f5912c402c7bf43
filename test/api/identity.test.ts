import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  changePreviewSchema,
  entitySchema,
  factSchema,
  identityEditSchema,
  identityRecordSchema,
  mergeSuggestionsSchema,
  pageSchema,
  removalPreviewSchema,
  splitSuggestionSchema,
  type Entity,
  type Fact,
} from '../../api/contract/index.ts';
import { ApiClient, exactly, problem } from '../support/client.ts';
import { startServer, type TestServer } from '../support/server.ts';

describe('identity', () => {
  let server: TestServer;
  let api: ApiClient;
  let workspaceId: string;
  const at = (path: string): string => `/v1/workspaces/${workspaceId}${path}`;

  beforeAll(async () => {
    server = await startServer({});
    api = new ApiClient(server.url);
  });
  afterAll(() => server?.stop());

  async function workspaceWith(texts: Readonly<Record<string, string>>): Promise<void> {
    workspaceId = (await api.createWorkspace(`Identity ${Math.random()}`)).id;
    for (const [name, text] of Object.entries(texts)) await api.ingest(workspaceId, name, text);
  }

  async function entities(query = ''): Promise<Entity[]> {
    return api.all(at(`/entities?query=${encodeURIComponent(query)}`), entitySchema);
  }

  async function named(name: string): Promise<Entity> {
    const found = (await entities(name)).find((entity) => entity.name === name);
    if (!found) throw new Error(`no entity ${name}`);
    return found;
  }

  async function facts(query = ''): Promise<Fact[]> {
    return api.all(at(`/facts?${query}`), factSchema);
  }

  test('two entities are suggested, merged, found by both names, and told apart again', async () => {
    await workspaceWith({
      'one.txt': 'Dr. Ada Lovelace wrote to Charles Babbage. Dr. Ada Lovelace lived in London.',
      'two.txt': 'Ada Lovelace admired Charles Babbage. Ada Lovelace lived in London for years.',
    });
    const suggested = await api.get(at('/identity/suggestions'), mergeSuggestionsSchema);
    const before = await entities();
    const factsBefore = await facts();
    expect(suggested.complete).toBe(true);
    // Which names the rules give is theirs; where they give one, there is nothing to suggest.
    const [pair] = suggested.data;
    const [from, into] = pair
      ? [pair.from, pair.into]
      : [await named('Charles Babbage'), await named('Ada Lovelace')];
    const made = await api.json('POST', at('/identity/merges'), { from: from.id, into: into.id });
    const { record } = exactly(identityEditSchema, made, 201);
    expect(record).toMatchObject({ kind: 'merge', by: 'user', undone_at: null });

    expect((await entities()).map((entity) => entity.id)).not.toContain(from.id);
    const old = await api.get(at(`/entities/${from.id}`), entitySchema);
    expect(old.id).toBe(into.id);
    expect(await facts(`entity_id=${from.id}`)).toEqual(await facts(`entity_id=${into.id}`));

    const undone = await api.json('POST', at('/identity/undo'), { undo_token: record.undo_token });
    expect(exactly(identityEditSchema, undone, 200).record.undo_token).toBeNull();
    expect(await entities()).toEqual(before);
    expect(await facts()).toEqual(factsBefore);
    const again = await api.json('POST', at('/identity/undo'), { undo_token: record.undo_token });
    expect(again.status).toBe(409);
    const history = await api.get(at('/identity/records'), pageSchema(identityRecordSchema));
    expect(history.data).toHaveLength(1);
    expect(history.data[0]!.undone_at).not.toBeNull();
  });

  test('a name is split by document, and new documents follow the context', async () => {
    await workspaceWith({
      'a.txt':
        'Michael Jordan played for the Chicago Bulls. Michael Jordan joined the NBA in 1984.',
      'b.txt':
        'Michael Jordan teaches at Berkeley. Michael Jordan wrote about Latent Dirichlet Allocation.',
    });
    const jordan = await named('Michael Jordan');
    const data = await facts(`entity_id=${jordan.id}`);
    const documentOf = (word: string) =>
      data.find((fact) => fact.support[0]!.sentence_text.includes(word))!.support[0]!.document_id;
    const none = await api.get(
      at(`/entities/${jordan.id}/split-suggestion`),
      splitSuggestionSchema,
    );
    expect(none.suggestion).toBeNull();
    const split = await api.json('POST', at(`/entities/${jordan.id}/split`), {
      senses: [
        { name: 'Michael Jordan (player)', documents: [documentOf('Bulls')] },
        { name: 'Michael Jordan (professor)', documents: [documentOf('Berkeley')] },
      ],
      rest: 'Michael Jordan (player)',
    });
    exactly(identityEditSchema, split, 201);
    const names = (await entities('michael jordan')).map((entity) => entity.name).sort();
    expect(names).toEqual(['Michael Jordan (player)', 'Michael Jordan (professor)']);
  });

  test('a dry run of an update tells what it changes, and changes nothing', async () => {
    await workspaceWith({
      'note.txt': 'Jon Rask repaired the Kestrel. Jon Rask was born in Grytviken.',
    });
    const before = await facts();
    const body = {
      name: 'note.txt',
      text: 'Jon Rask repaired the Kestrel. Ines Duarte was born in Porto.',
    };
    const preview = exactly(
      changePreviewSchema,
      await api.json('POST', at('/documents?dry_run=true'), body),
      200,
    );
    expect(preview).toMatchObject({
      outcome: 'updated',
      facts_added: 1,
      facts_removed: 1,
      facts_kept: 1,
    });
    expect(preview.examples.facts_added[0]).toMatchObject({
      subject: 'Ines Duarte',
      object: 'Porto',
    });
    expect(preview.examples.facts_removed[0]).toMatchObject({
      subject: 'Jon Rask',
      object: 'Grytviken',
    });
    expect(await facts()).toEqual(before);
    await api.ingest(workspaceId, body.name, body.text);
    const after = (await facts()).map((fact) => `${fact.subject.name} ${fact.object.name}`).sort();
    expect(after).toEqual(['Ines Duarte Porto', 'Jon Rask Kestrel']);

    const fresh = await api.json('POST', at('/documents?dry_run=true'), {
      name: 'new.txt',
      text: 'Ada met Bea.',
    });
    expect(exactly(changePreviewSchema, fresh, 200)).toMatchObject({
      outcome: 'created',
      document_id: null,
    });
    const same = await api.json('POST', at('/documents?dry_run=true'), body);
    expect(exactly(changePreviewSchema, same, 200)).toMatchObject({
      outcome: 'unchanged',
      facts_added: 0,
      facts_removed: 0,
    });
  });

  test('a dry run of a deletion names what goes', async () => {
    const [fact] = await facts();
    const id = fact!.support[0]!.document_id;
    const preview = exactly(
      removalPreviewSchema,
      await api.json('DELETE', at(`/documents/${id}?dry_run=true`)),
      200,
    );
    expect(preview.facts_removed).toBe(2);
    expect(preview.examples.facts_removed).toHaveLength(2);
    expect(preview.examples.entities_removed.map((entity) => entity.name)).toContain('Porto');
  });

  test('facts carry their time, and the past can be asked for', async () => {
    await workspaceWith({
      'a.txt': 'Anna Berg was the mayor of Larvik from 1999 to 2004.',
      'b.txt': 'Carl Dahl was the mayor of Larvik since 2005.',
    });
    const mayors = (await facts()).filter((fact) => fact.relation.includes('mayor'));
    expect(mayors.length).toBeGreaterThan(0);
    for (const { time } of mayors) {
      expect(time).toMatchObject({ documents: 1, sentences: 1 });
      expect(time!.periods).toHaveLength(1);
      expect(time!.first_seen).not.toBeNull();
    }
    const timed = (await facts('as_of=2001')).filter((fact) => fact.time!.periods.length > 0);
    expect(new Set(timed.map((fact) => fact.subject.name))).toEqual(new Set(['Anna Berg']));
    expect((await api.json('GET', at('/facts?as_of=someday'))).status).toBe(400);
  });

  test('what cannot be merged or undone is refused with a reason', async () => {
    const refuse = async (path: string, body: object, status: number, code: string) =>
      problem(await api.json('POST', at(path), body), status, code);
    await refuse('/identity/merges', { from: 'ent_no', into: 'ent_none' }, 404, 'entity_not_found');
    await refuse('/identity/merges', { from: 'ent_none' }, 400, 'invalid_request');
    await refuse('/identity/undo', { undo_token: 'undo_none' }, 404, 'undo_token_not_found');
    const senses = { senses: [{ name: 'a' }, { name: 'b' }], rest: 'a' };
    await refuse('/entities/ent_none/split', senses, 404, 'entity_not_found');
    const elsewhere = {
      ...senses,
      senses: [{ name: 'a', documents: ['doc_none'] }, { name: 'b' }],
    };
    await refuse('/entities/ent_none/split', elsewhere, 404, 'document_not_found');
  });
});
