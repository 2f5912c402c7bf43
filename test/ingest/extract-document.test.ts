import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChunkExtraction, ParsedDocument } from '../../graph/index.ts';
import { chunkDocument } from '../../ingest/chunk/index.ts';
import { extractDocument, extractInTurns, extractWithReport } from '../../ingest/extract/index.ts';
import { parse } from './fixtures/parse.ts';

const countTokens = (text: string): number => text.split(/\s+/).length;

function extract(parsed: ParsedDocument): ChunkExtraction[] {
  const chunks = chunkDocument({
    workspaceId: 'w',
    documentId: 'd',
    parsed,
    countTokens,
    chunkTokens: 200,
  });
  return extractDocument({ parsed, chunks });
}

/** "subject | relation | object" of all facts, "not" before a denied one. */
async function facts(content: string, name = 'notes.md'): Promise<string[]> {
  const extractions = extract(await parse(content, name));
  return extractions.flatMap((one) =>
    one.triples.map(
      ({ subject, relation, object, negated }) =>
        `${negated ? 'not ' : ''}${subject.name} | ${relation.name} | ${object.name}`,
    ),
  );
}

async function names(content: string, name = 'notes.md'): Promise<string[]> {
  return extract(await parse(content, name)).flatMap((one) =>
    one.mentions.map((mention) => `${mention.name} (${mention.type})`),
  );
}

describe('facts of sentences', () => {
  it('tie names that stand further from the verb, less surely than those beside it', async () => {
    expect(
      await facts('Josef Sucharda competed at the 1920 Summer Olympics in Antwerp, Belgium.'),
    ).toEqual(
      expect.arrayContaining([
        'Josef Sucharda | competed at | 1920 Summer Olympics',
        'Antwerp | is in | Belgium',
      ]),
    );
    const extractions = extract(
      await parse(
        'The Fram ( a ship of Larvik ) was an exhibit that Otto Sverdrup showed in Oslo.',
        'x.md',
      ),
    );
    expect(
      extractions.flatMap((one) => one.triples.map(({ subject }) => subject.name)),
    ).not.toContain('Larvik');
  });

  it('are read from active and passive verbs with their prepositions', async () => {
    expect(
      await facts(
        'Colin Archer designed the Fram in 1892. The Gjøa was bought by Roald Amundsen in 1901.',
      ),
    ).toEqual([
      'Colin Archer | designed | Fram',
      'Colin Archer | designed in | 1892',
      'Gjøa | bought by | Roald Amundsen',
      'Gjøa | bought in | 1901',
    ]);
  });

  it('are read from copulas, roles and possessives', async () => {
    expect(
      await facts(
        'Otto Sverdrup was the captain of the Fram. Oslo is the capital of Norway. Adolf Lindstrøm was the cook at Framheim.',
      ),
    ).toEqual([
      'Otto Sverdrup | is | captain of the Fram',
      'Otto Sverdrup | is captain of | Fram',
      'Oslo | is | capital of Norway',
      'Oslo | is capital of | Norway',
      'Adolf Lindstrøm | is cook at | Framheim',
    ]);
    expect(await facts("Norway's capital is Oslo.")).toContain('Norway | capital | Oslo');
  });

  it('carry the subject over conjunctions and relative clauses', async () => {
    const found = await facts(
      'Ernest Shackleton bought the Nimrod and sailed to Antarctica. The Fram, which was built by Colin Archer, reached Tromsø.',
    );
    expect(found).toEqual([
      'Ernest Shackleton | bought | Nimrod',
      'Ernest Shackleton | sailed to | Antarctica',
      'Fram | built by | Colin Archer',
      'Fram | reached | Tromsø',
    ]);
  });

  it('say of the name what a relative clause says of its class', async () => {
    expect(
      await facts('The Fram is a wooden ship that was launched in Norway on 26 October 1892.'),
    ).toEqual([
      'Fram | is | wooden ship',
      'Fram | launched in | Norway',
      'Fram | launched on | 26 October 1892',
    ]);
  });

  it('list coordinated subjects and objects', async () => {
    expect(
      await facts(
        'Helmer Hanssen and Anton Lund visited Nome. Roald Amundsen visited Norway, Alaska and Canada.',
      ),
    ).toEqual([
      'Helmer Hanssen | visited | Nome',
      'Anton Lund | visited | Nome',
      'Roald Amundsen | visited | Norway',
      'Roald Amundsen | visited | Alaska',
      'Roald Amundsen | visited | Canada',
    ]);
  });

  it('read appositions and roles before names', async () => {
    const found = await facts(
      'Framheim, the base of Roald Amundsen, stood on the Ross Ice Shelf. The Danish lieutenant Godfred Hansen joined Amundsen.',
    );
    expect(found).toContain('Framheim | is base of | Roald Amundsen');
    expect(found).toContain('Framheim | stood on | Ross Ice Shelf');
    expect(found).toContain('Godfred Hansen | is | Danish lieutenant');
    expect(found).toContain('Godfred Hansen | joined | Roald Amundsen');
  });

  it('keep denials and doubts apart', async () => {
    const parsed = await parse(
      'Robert Scott did not reach Tromsø. Roald Amundsen could reach Alaska.',
      'x.md',
    );
    const triples = extract(parsed).flatMap((one) => one.triples);
    expect(triples.map((triple) => [triple.relation.name, triple.negated])).toEqual([
      ['reach', true],
      ['could reach', false],
    ]);
    expect(triples[1]!.confidence).toBeLessThan(0.7);
  });

  it('read measures and lifespans', async () => {
    expect(await facts('The Fram is about 39 metres long and 11 metres wide.')).toEqual([
      'Fram | long | 39 metres',
      'Fram | wide | 11 metres',
    ]);
    expect(
      await facts('Fridtjof Nansen (10 October 1861 – 13 May 1930) was a Norwegian explorer.'),
    ).toEqual([
      'Fridtjof Nansen | born | 10 October 1861',
      'Fridtjof Nansen | died | 13 May 1930',
      'Fridtjof Nansen | is | Norwegian explorer',
    ]);
  });
});

describe('facts of tables', () => {
  it('take the row for subject and the columns for relations', async () => {
    expect(await facts('name,built_by,year\nFram,Colin Archer,1892\n', 'ships.csv')).toEqual([
      'Fram | built by | Colin Archer',
      'Fram | year | 1892',
    ]);
  });

  it('read sentences inside cells too', async () => {
    expect(
      await facts(
        'name,note\nFram,"The Fram was designed by Colin Archer, and it was built in Larvik."\nMaud,x\n',
        'ships.csv',
      ),
    ).toContain('Fram | built in | Larvik');
  });

  it('take the document for the subject of an infobox', async () => {
    expect(
      await facts(
        '<html><head><title>Fram</title></head><body><table><tr><th>Builder</th><td>Colin Archer</td></tr></table><p>The Fram is a ship.</p></body></html>',
        'fram.html',
      ),
    ).toContain('Fram | builder | Colin Archer');
  });
});

describe('names', () => {
  it('stand for their full form in the document', async () => {
    expect(
      await names(
        'Fridtjof Nansen, who was born in Norway, wrote to Otto Sverdrup. Nansen led the expedition.',
      ),
    ).toEqual([
      'Fridtjof Nansen (person)',
      'Norway (place)',
      'Otto Sverdrup (person)',
      'Fridtjof Nansen (person)',
    ]);
  });

  it('are left alone when two names could be meant', async () => {
    const found = await names(
      'John Ross was born in Scotland. James Ross was born in London. Ross sailed to Greenland.',
    );
    expect(found).toContain('Ross (person)');
  });

  it('do not make a ship of the museum that bears its name', async () => {
    const found = await names(
      '# Fram\n\nThe Fram stands in the Fram Museum in Oslo. The Fram is old.',
    );
    expect(found).toEqual([
      'Fram (thing)',
      'Fram Museum (organization)',
      'Oslo (place)',
      'Fram (thing)',
    ]);
  });

  it('join "of", titles of works in quotes, dates and quantities', async () => {
    const found = await names(
      'The University of Oslo printed "Farthest North" on 3 May 1897 for 20 dollars. He saw the Bay of Whales.',
    );
    expect(found).toEqual([
      'University of Oslo (organization)',
      'Farthest North (work)',
      '3 May 1897 (date)',
      '20 dollars (quantity)',
      'Bay of Whales (place)',
    ]);
  });

  it('are never words that only begin a sentence, months or pronouns', async () => {
    const found = await names(
      'However, the ice held. The ship sank. In September it froze. They left. His men waited. Later they came. Although tired, Amundsen went on.',
    );
    expect(found.map((name) => name.split(' ')[0])).toEqual(['Amundsen']);
  });
});

describe('reference', () => {
  it('follows a pronoun to the only subject before, inside the paragraph', async () => {
    expect(await facts('Roald Amundsen was born in Norway. He reached Alaska in 1905.')).toContain(
      'Roald Amundsen | reached | Alaska',
    );
    expect(
      await facts('Roald Amundsen was born in Norway.\n\nHe reached Alaska in 1905.'),
    ).not.toContain('Roald Amundsen | reached | Alaska');
  });

  it('does not guess between two', async () => {
    const found = await facts(
      'Roald Amundsen and Robert Scott met in Norway. He reached Alaska in 1905.',
    );
    expect(found.some((fact) => fact.endsWith('reached | Alaska'))).toBe(false);
  });

  it('takes "the ship" for the one ship that the document names', async () => {
    expect(await facts('# Fram\n\nThe Fram is a ship. In 1893 the ship left Norway.')).toContain(
      'Fram | left | Norway',
    );
  });
});

describe('the contract', () => {
  const fragment = fc.constantFrom(
    'Roald Amundsen',
    'the ship',
    'He',
    'which',
    'was',
    'built by',
    'in 1911',
    ',',
    '.',
    '. The',
    '(',
    ')',
    '"Fram"',
    'and',
    'of the',
    'Norway',
    "Scott's",
    'not',
    'is',
    'a',
    '39 metres',
    'long',
    ';',
    'who',
    '’',
    '👩‍🚀',
    'É',
    '冰',
    'to',
    'reach',
    '-',
    'x: y',
    '; z: w',
    '\u0301',
  );

  it('holds on any text: spans lie in their sentence, names are words, the outcome is the same each time', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fragment, { minLength: 1, maxLength: 40 }),
        fc.constantFrom('x.txt', 'x.csv', 'x.md'),
        async (words, name) => {
          const parsed = await parse(words.join(' '), name).catch(() => undefined);
          if (parsed === undefined) return;
          const first = extract(parsed);
          expect(extract(parsed)).toEqual(first);
          const spans = chunkDocument({
            workspaceId: 'w',
            documentId: 'd',
            parsed,
            countTokens,
            chunkTokens: 200,
          });
          for (const [index, one] of first.entries()) {
            const chunk = spans[index]!;
            for (const mention of one.mentions) {
              expect(parsed.text.slice(mention.span.start, mention.span.end)).toBe(mention.surface);
              expect(mention.span.start >= chunk.start && mention.span.end <= chunk.end).toBe(true);
            }
            for (const { subject, relation, object, sentence, confidence } of one.triples) {
              for (const span of [subject.span, relation.span, object.span]) {
                expect(
                  span.start >= sentence.start && span.end <= sentence.end && span.end > span.start,
                ).toBe(true);
              }
              for (const text of [subject.name, object.name]) {
                expect(text).toMatch(/[\p{L}\p{N}]/u);
                expect(text.split(/\s+/).length).toBeLessThanOrEqual(12);
                expect(text).not.toMatch(/^(he|she|it|they|which|who|the|this|that)$/i);
              }
              expect(confidence > 0 && confidence <= 1).toBe(true);
            }
          }
        },
      ),
      { numRuns: 120 },
    );
  });

  it('counts and lists what it refuses', async () => {
    const parsed = await parse(
      'They built it. The men saw the ice. Roald Amundsen saw it.',
      'x.md',
    );
    const chunks = chunkDocument({
      workspaceId: 'w',
      documentId: 'd',
      parsed,
      countTokens,
      chunkTokens: 200,
    });
    const { rejected, rejections } = extractWithReport({ parsed, chunks });
    expect(rejected.pronoun + rejected.generic).toBeGreaterThan(1);
    expect(rejections).toContainEqual({
      chunkId: chunks[0]?.id,
      reason: 'pronoun',
      subject: 'Roald Amundsen',
      relation: 'saw',
      object: 'it',
      sentence: { start: 36, end: 58 },
    });
    expect(rejections).toHaveLength(Object.values(rejected).reduce((sum, one) => sum + one, 0));
  });

  it('is the same when read in turns, which can be stopped', async () => {
    const parsed = await parse(
      Array.from(
        { length: 40 },
        (_, index) => `Roald Amundsen visited Nome in ${1900 + index}.`,
      ).join(' '),
      'x.md',
    );
    const chunks = chunkDocument({
      workspaceId: 'w',
      documentId: 'd',
      parsed,
      countTokens,
      chunkTokens: 200,
    });
    expect((await extractInTurns({ parsed, chunks })).extractions).toEqual(
      extractDocument({ parsed, chunks }),
    );
    const abort = new AbortController();
    await expect(
      extractInTurns({ parsed, chunks }, { signal: abort.signal, onProgress: () => abort.abort() }),
    ).rejects.toThrow();
  });
});
