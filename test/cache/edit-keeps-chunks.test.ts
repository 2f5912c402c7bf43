/** An edit in the middle of a document: what of its stored KV is still found. */
import { rmSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { chunkPromptText, type Chunk, type ParsedDocument } from '../../graph/index.ts';
import { chunkDocument } from '../../ingest/chunk/index.ts';
import { loadTokenizer } from '../../engine/index.ts';
import { fixture } from '../engine/support/fixtures.ts';
import { openService, SALT, temporaryFolders } from './open-service.ts';

afterAll(() => temporaryFolders.forEach((folder) => rmSync(folder, { recursive: true })));

const tokenizer = loadTokenizer(fixture('llama-gqa'));
const names = ['Fram', 'Gjoa', 'Maud', 'Endurance', 'Nimrod', 'Discovery', 'Belgica', 'Aurora'];

/** Paragraphs of different lengths, none like another. */
function paragraph(i: number): string {
  const sentences = Array.from(
    { length: 2 + (i % 5) },
    (_, j) =>
      `In ${1800 + 7 * i + j} the ${names[(i + j) % 8]} sailed with ${i * 3 + j} men to harbour ${i}.`,
  );
  return sentences.join(' ');
}

function documentOf(paragraphs: readonly string[]): ParsedDocument {
  let at = 0;
  const blocks = paragraphs.map((text) => {
    const block = { kind: 'paragraph' as const, start: at, end: at + text.length };
    at = block.end + 2;
    return block;
  });
  return { title: 'Ships', text: paragraphs.join('\n\n'), blocks };
}

function chunksOf(paragraphs: readonly string[], earlier?: readonly Chunk[]): Chunk[] {
  return chunkDocument({
    workspaceId: 'ws',
    documentId: 'doc',
    parsed: documentOf(paragraphs),
    countTokens: (text) => tokenizer.count(text),
    chunkTokens: 128,
    earlier,
  });
}

const before = Array.from({ length: 24 }, (_, i) => paragraph(i));
const replaced = (text: string): string[] => before.toSpliced(12, 1, text);
const edits: Record<string, string[]> = {
  'another word': replaced(before[12]!.replace('sailed', 'drifted')),
  'a new sentence': replaced(`${before[12]} Nobody wrote down what the cook thought of that.`),
  'a sentence less': replaced(before[12]!.split('. ').slice(1).join('. ')),
  'a new paragraph': before.toSpliced(12, 0, 'A storm came up. It lasted for three days.'),
  'a paragraph less': before.toSpliced(12, 1),
};

describe('chunks of the version before', () => {
  const old = chunksOf(before);

  it('are what they were where nothing was changed', () => {
    expect(chunksOf(before, old)).toEqual(old);
  });

  it.each(Object.keys(edits))(
    'are kept around %s, but for the one that was edited and a neighbour',
    (name) => {
      const text = documentOf(edits[name]!).text;
      const after = new Set(chunksOf(edits[name]!, old).map((chunk) => chunk.text));
      const untouched = old.filter((chunk) => text.includes(chunk.text));
      expect(untouched.length).toBeGreaterThan(old.length - 4);
      expect(untouched.filter((chunk) => !after.has(chunk.text)).length).toBeLessThanOrEqual(1);
    },
  );

  it('hold every sentence of the new text once, in chunks of the usual size', () => {
    for (const edited of Object.values(edits)) {
      const chunks = chunksOf(edited, old);
      const said = chunks.flatMap((chunk) => chunk.text.split(/\s+/));
      expect(said).toEqual(documentOf(edited).text.split(/\s+/));
      for (const { tokenCount } of chunks) expect(tokenCount).toBeLessThanOrEqual(1.1 * 128);
    }
  });

  it('are not kept where they are longer than chunks are wanted now', () => {
    const small = chunkDocument({
      workspaceId: 'ws',
      documentId: 'doc',
      parsed: documentOf(before),
      countTokens: (text) => tokenizer.count(text),
      chunkTokens: 64,
      earlier: old,
    });
    for (const { tokenCount } of small) expect(tokenCount).toBeLessThanOrEqual(1.1 * 64);
  });

  it('have their KV on the disk already when the new version is ingested', async () => {
    const { service } = openService();
    const tokens = (chunk: Chunk) => ({
      id: chunk.id,
      ids: Int32Array.from(tokenizer.encode(chunkPromptText(chunk))),
    });
    const call = { isCancelled: () => false, emit: () => undefined };
    const request = (chunks: Chunk[]) => ({ workspaceSalt: SALT, chunks: chunks.map(tokens) });
    const first = await service.precompute(request(old), call);
    const next = chunksOf(edits['a new sentence']!, old);
    const { keys } = await service.precompute(request(next), call);
    const known = new Set(first.keys.values());
    const computed = next.filter(({ id }) => !known.has(keys.get(id)!));
    expect(computed.length).toBeLessThanOrEqual(2);
    expect(service.store.keys()).toHaveLength(old.length + computed.length);
  });
});
