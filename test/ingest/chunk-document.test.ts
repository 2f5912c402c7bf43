import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chunkDocument, splitSentences } from '../../ingest/chunk/index.ts';
import { chunkPromptText, type Block, type Chunk, type ParsedDocument } from '../../graph/index.ts';
import { parse } from './fixtures/parse.ts';

const countTokens = (text: string): number =>
  text.match(/\p{L}+|\p{N}+|[^\p{L}\p{N}\s]/gu)?.length ?? 0;

function chunk(parsed: ParsedDocument, chunkTokens = 60): Chunk[] {
  return chunkDocument({
    workspaceId: 'wsp_1',
    documentId: 'doc_1',
    parsed,
    countTokens,
    chunkTokens,
  });
}

/** "heading path: text" */
const shown = (chunks: readonly Chunk[]): string[] =>
  chunks.map((one) => `${one.headingPath.join(' > ')}: ${one.text}`);

const wordsOf = (text: string): number => text.split(/\s+/u).length;

const sentence = (words: number, name = 'Fram'): string =>
  `The ${name} ${'drifted onward '.repeat(words / 2).trim()} home.`;

describe('chunks', () => {
  it('stay inside sections and carry the headings above', async () => {
    const parsed = await parse(
      `# Fram\n\n${sentence(30)}\n\n## Design\n\n${sentence(30)}\n\n### Hull\n\n${sentence(30)}\n\n## Later\n\n${sentence(30)}`,
      'fram.md',
    );
    expect(chunk(parsed).map((one) => one.headingPath)).toEqual([
      ['Fram'],
      ['Fram', 'Design'],
      ['Fram', 'Design', 'Hull'],
      ['Fram', 'Later'],
    ]);
  });

  it('end at sentence borders and have like sizes', async () => {
    const parsed = await parse(Array.from({ length: 11 }, () => sentence(10)).join(' '), 'x.txt');
    const chunks = chunk(parsed);
    expect(chunks.every((one) => one.text.endsWith('home.'))).toBe(true);
    const sizes = chunks.map((one) => one.tokenCount);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(60);
    expect(Math.min(...sizes)).toBeGreaterThan(25);
  });

  it('count tokens over the whole prompt text', async () => {
    const [first] = chunk(await parse('# Fram\n\nA ship.', 'fram.md'));
    expect(chunkPromptText(first!)).toBe('Fram\nA ship.\n\n');
    expect(first!.tokenCount).toBe(countTokens('Fram\nA ship.\n\n'));
  });

  it('keep abbreviations inside sentences', async () => {
    const [first] = chunk(
      await parse(
        'Dr. Smith met Capt. Scott in St. Petersburg on 5 Jan. 1910. They left. “Go!” he said.',
        'x.txt',
      ),
      200,
    );
    const texts = first!.sentences.map((span) =>
      first!.text.slice(span.start - first!.start, span.end - first!.start),
    );
    expect(texts).toEqual([
      'Dr. Smith met Capt. Scott in St. Petersburg on 5 Jan. 1910.',
      'They left.',
      '“Go!” he said.',
    ]);
  });

  it('split sentences of scripts without spaces', async () => {
    const [first] = chunk(await parse('弗拉姆号是一艘船。它建于挪威。', 'x.txt'), 200);
    expect(first!.sentences.map((span) => first!.text.slice(span.start, span.end))).toEqual([
      '弗拉姆号是一艘船。',
      '它建于挪威。',
    ]);
  });

  it('cut a monstrous sentence at clause and word borders', async () => {
    const parsed = await parse(
      `The list names ${Array.from({ length: 120 }, (_, index) => `item number ${index}`).join(', ')}.`,
      'x.txt',
    );
    const chunks = chunk(parsed);
    expect(chunks.length).toBeGreaterThan(5);
    expect(Math.max(...chunks.map((one) => one.tokenCount))).toBeLessThanOrEqual(60);
    expect(chunks.slice(0, -1).every((one) => one.text.endsWith(','))).toBe(true);
  });

  it('let very small neighbouring sections share a chunk, headings included', async () => {
    const parsed = await parse(
      '# Fram\n\n## Crew\n\nThirteen men.\n\n## Dogs\n\nMany dogs.\n\n## Cargo',
      'fram.md',
    );
    expect(shown(chunk(parsed, 120))).toEqual([
      'Fram: Crew\n\nThirteen men.\n\nDogs\n\nMany dogs.\n\nCargo',
    ]);
  });

  it('do not lose a section or document that is only a heading', async () => {
    expect(shown(chunk(await parse('# Fram', 'fram.md')))).toEqual(['Fram: Fram']);
    const parsed = await parse(
      `# Fram\n\n${sentence(40)}\n\n## An empty promise\n\n## Later\n\n${sentence(40)}`,
      'fram.md',
    );
    expect(chunk(parsed).some((one) => one.text.includes('An empty promise'))).toBe(true);
  });

  it('know the page they begin on', () => {
    const text = 'One here.\n\nTwo here.';
    const blocks: Block[] = [
      { kind: 'paragraph', start: 0, end: 9, page: 1 },
      { kind: 'paragraph', start: 11, end: 20, page: 2 },
    ];
    expect(chunk({ title: 'T', text, blocks, pages: 2 }, 6).map((one) => one.page)).toEqual([1, 2]);
  });

  it('keep their ids when another part of a long document changes', async () => {
    const paragraphs = Array.from(
      { length: 120 },
      (_, index) => `${sentence(10, `Ship ${index}`)} ${sentence(14, `Crew ${index}`)}`,
    );
    const before = chunk(await parse(paragraphs.join('\n\n'), 'x.txt'));
    const edited = [...paragraphs];
    edited[3] = 'Quite another text stands here now, and it is longer than before by some words.';
    const after = new Set(chunk(await parse(edited.join('\n\n'), 'x.txt')).map((one) => one.id));
    const kept = before.filter((one) => after.has(one.id)).length;
    expect(before.length).toBeGreaterThan(40);
    expect(kept / before.length).toBeGreaterThan(0.7);
  });

  it('tell equal texts apart and differ between documents', async () => {
    const parsed = await parse(`## A\n\n${sentence(40)}\n\n## A\n\n${sentence(40)}`, 'x.md');
    const ids = chunk(parsed).map((one) => one.id);
    expect(new Set(ids).size).toBe(2);
    expect(ids[0]).toMatch(/^chk_[0-9a-f]{24}$/);
    const other = chunkDocument({
      workspaceId: 'wsp_1',
      documentId: 'doc_2',
      parsed,
      countTokens,
      chunkTokens: 60,
    });
    expect(other.some((one) => ids.includes(one.id))).toBe(false);
  });

  it('hold every word of a text of 20,000 paragraphs', async () => {
    const text = Array.from(
      { length: 20_000 },
      (_, index) => `${sentence(10, `Ship ${index}`)} ${sentence(14)}`,
    ).join('\n\n');
    const parsed = await parse(text, 'x.txt');
    const words = chunk(parsed, 256).reduce((sum, one) => sum + wordsOf(one.text), 0);
    expect(words).toBeGreaterThanOrEqual(wordsOf(text));
  });
});

describe('chunks of any document', () => {
  const word = fc.constantFrom(
    'ship',
    'ice',
    'Fram',
    'Dr.',
    'U.S.',
    '1893.',
    '"Go!"',
    'Nansen',
    'a.m.',
    'x'.repeat(300),
    '冰。',
    '👩‍🚀',
    '...',
    'Mr.',
    'sea,',
    '(north)',
    'e.g.',
  );
  const block = fc.record({
    kind: fc.constantFrom('heading', 'paragraph', 'list_item', 'table_row', 'code' as const),
    level: fc.integer({ min: 1, max: 4 }),
    text: fc.array(word, { minLength: 1, maxLength: 60 }).map((words) => words.join(' ')),
  });
  const document = fc
    .array(block, { minLength: 1, maxLength: 15 })
    .map((drafts): ParsedDocument => {
      const blocks: Block[] = [];
      let text = '';
      for (const draft of drafts) {
        if (text !== '') text += '\n\n';
        blocks.push({
          kind: draft.kind,
          ...(draft.kind === 'heading' ? { level: draft.level } : {}),
          start: text.length,
          end: text.length + draft.text.length,
        });
        text += draft.text;
      }
      return { title: 'Title', text, blocks };
    });

  it('are exact slices in order, and leave out nothing but headings and white space', () => {
    fc.assert(
      fc.property(document, fc.integer({ min: 12, max: 80 }), (parsed, size) => {
        const chunks = chunk(parsed, size);
        const covered = new Uint8Array(parsed.text.length);
        let end = 0;
        for (const [ordinal, one] of chunks.entries()) {
          expect(one.ordinal).toBe(ordinal);
          expect(one.start).toBeGreaterThanOrEqual(end);
          expect(one.text).toBe(parsed.text.slice(one.start, one.end));
          expect(one.sentences[0]?.start).toBe(one.start);
          expect(one.sentences.at(-1)?.end).toBe(one.end);
          let at = one.start;
          for (const span of one.sentences) {
            expect(span.start).toBeGreaterThanOrEqual(at);
            expect(span.end).toBeGreaterThan(span.start);
            covered.fill(1, span.start, span.end);
            at = span.end;
          }
          end = one.end;
        }
        for (const one of parsed.blocks) {
          if (one.kind === 'heading') continue;
          for (let index = one.start; index < one.end; index += 1)
            if (covered[index] === 0) expect(parsed.text[index]).toMatch(/\s/);
        }
        expect(new Set(chunks.map((one) => one.id)).size).toBe(chunks.length);
      }),
      { numRuns: 150 },
    );
  });

  it('keep the ids of sections that an edit does not touch', () => {
    fc.assert(
      fc.property(document, fc.string({ minLength: 1, maxLength: 80 }), (parsed, addition) => {
        const body = addition.replace(/\s+/g, ' ').trim() || 'x';
        const shift = body.length + 2;
        const first = parsed.blocks.findIndex((one) => one.kind === 'heading' && one.level === 1);
        fc.pre(first > 0);
        // A paragraph more before the first top heading; sections behind it stay what they are.
        const edited: ParsedDocument = {
          ...parsed,
          text: `${body}\n\n${parsed.text}`,
          blocks: [
            { kind: 'paragraph', start: 0, end: body.length },
            ...parsed.blocks.map((one) => ({
              ...one,
              start: one.start + shift,
              end: one.end + shift,
            })),
          ],
        };
        const border = parsed.blocks[first]!.start;
        const unique = (list: readonly Chunk[]): Set<string> => new Set(list.map((one) => one.id));
        const after = unique(chunk(edited));
        const texts = chunk(parsed).map((one) => one.text);
        for (const one of chunk(parsed)) {
          if (
            one.start < border ||
            texts.filter((text) => text === one.text).length > 1 ||
            body.includes(one.text)
          )
            continue;
          expect(after.has(one.id)).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('sentences', () => {
  const cut = (text: string): string[] =>
    splitSentences(text).map(({ start, end }) => text.slice(start, end));

  it('stay whole behind a stop without a space', () => {
    expect(cut('He said it ended.Then Anna left. Bob stayed. Carl slept.')).toEqual([
      'He said it ended.',
      'Then Anna left.',
      'Bob stayed.',
      'Carl slept.',
    ]);
  });

  it('do not end inside a dotted name', () => {
    const text =
      'The option options.concurrency is the number of jobs; the default is 2. It is read once.';
    expect(cut(text)).toEqual([
      'The option options.concurrency is the number of jobs; the default is 2.',
      'It is read once.',
    ]);
  });

  it('hold every character that is not white space, in order', () => {
    const words = fc.array(
      fc.constantFrom('Anna', 'left.', 'it', 'ended.Then', 'a.b', '3.5', 'Dr.', 'why?', 'so!', 'x'),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(words, (all) => {
        const text = all.join(' ');
        expect(cut(text).join('').replaceAll(/\s/g, '')).toBe(text.replaceAll(/\s/g, ''));
      }),
    );
  });
});
