import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStores, type Stores } from '../../graph/index.ts';
import { ingest, remove } from './ingesting.ts';

let home: string;
let reader: Stores;
let writer: Stores;
let workspaceId: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'graphblend-titles-'));
  reader = openStores({ home });
  writer = openStores({ home });
  workspaceId = writer.corpus.createWorkspace({ name: 'titles' }).id;
});
afterEach(async () => {
  await reader.close();
  await writer.close();
  rmSync(home, { recursive: true, force: true });
});

function found(...names: string[]): string[] {
  return reader.corpus
    .documentsByTitle(workspaceId, names)
    .map(({ normalizedTitle }) => normalizedTitle)
    .toSorted();
}

describe('titles known in memory', () => {
  it('follow what another connection publishes, renames and removes', () => {
    expect(found('fram')).toEqual([]);
    const { documentId } = ingest(writer.corpus, workspaceId, 'a', 'Fram', ['A ship.']);
    expect(found('fram', 'gjoa')).toEqual(['fram']);
    ingest(writer.corpus, workspaceId, 'a', 'Gjøa (ship)', ['A ship.']);
    expect(found('fram', 'gjoa')).toEqual(['gjoa']);
    remove(writer.corpus, workspaceId, documentId);
    expect(found('fram', 'gjoa')).toEqual([]);
    ingest(writer.corpus, workspaceId, 'b', 'Fram', ['Another ship.']);
    expect(found('fram', 'gjoa')).toEqual(['fram']);
  });

  it('are all found where there are many', () => {
    const titles = Array.from({ length: 40 }, (_, i) => `ship ${i}`);
    writer.corpus.atomically(() => {
      for (const title of titles) ingest(writer.corpus, workspaceId, title, title, [title]);
    });
    expect(found(...titles, 'ship 40')).toEqual(titles.toSorted());
  });
});
