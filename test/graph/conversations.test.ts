import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStores, type Stores } from '../../graph/index.ts';

let home: string;
let stores: Stores;
let ws: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'graphblend-conversations-'));
  stores = openStores({ home });
  ws = stores.corpus.createWorkspace({ name: 'One' }).id;
});
afterEach(async () => {
  await stores.close();
  rmSync(home, { recursive: true });
});

function answer(id: string, workspaceId = ws): string {
  const createdAt = new Date(0).toISOString();
  stores.corpus.putAnswer({ id, workspaceId, question: 'Q', body: '{}', createdAt });
  return id;
}

it('keeps turns in order, with the tokens they were said in', () => {
  const { conversations } = stores;
  const { id } = conversations.create(ws, 'Ships');
  const ids = Int32Array.of(1, -2, 70_000);
  expect(conversations.append(id, { answerId: answer('a1') })).toBe(1);
  expect(conversations.append(id, { answerId: answer('a2'), said: { tokenizer: 't', ids } })).toBe(
    2,
  );
  expect(conversations.turns(id)).toEqual([
    { answerId: 'a1' },
    { answerId: 'a2', said: { tokenizer: 't', ids } },
  ]);
  expect(conversations.conversation(id)).toMatchObject({
    title: 'Ships',
    turns: 2,
    workspaceId: ws,
  });
});

it('takes no answers of another workspace, and none into a conversation that is gone', () => {
  const { conversations, corpus } = stores;
  const other = corpus.createWorkspace({ name: 'Two' }).id;
  const { id } = conversations.create(ws, '');
  expect(conversations.append(id, { answerId: answer('b', other) })).toBeUndefined();
  expect(conversations.append(id, { answerId: 'none' })).toBeUndefined();
  conversations.delete(id);
  expect(conversations.append(id, { answerId: answer('a') })).toBeUndefined();
  expect(() => conversations.create('ws_none', '')).toThrow(/workspace/);
});

it('pages newest first, and ends with the workspace', () => {
  const { conversations, corpus } = stores;
  const ids = ['x', 'y', 'z'].map((title) => conversations.create(ws, title).id);
  const page = conversations.conversations(ws, { limit: 2 });
  expect(page.data.map(({ title }) => title)).toEqual(['z', 'y']);
  const rest = conversations.conversations(ws, { limit: 2, after: page.data[1]!.id });
  expect(rest).toMatchObject({ data: [{ title: 'x' }], hasMore: false });
  conversations.append(ids[0]!, { answerId: answer('a') });
  corpus.deleteWorkspace(ws);
  expect(conversations.conversation(ids[0]!)).toBeUndefined();
  expect(conversations.turns(ids[0]!)).toEqual([]);
});
