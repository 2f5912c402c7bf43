import { describe, expect, it } from 'vitest';
import type { Chunk } from '../../graph/index.ts';
import { splitSentences } from '../../ingest/chunk/index.ts';
import { openReferences } from '../../retrieval/open-references.ts';

/** The chunk stands somewhere in its document. */
function open(text: string): string[] {
  const start = 40;
  const sentences = splitSentences(text).map((span) => ({
    start: span.start + start,
    end: span.end + start,
  }));
  const chunk = { text, start, end: start + text.length, sentences } as unknown as Chunk;
  return openReferences(chunk).map((span) =>
    text.slice(span.start - start, span.end - start).trim(),
  );
}

describe('sentences that speak of what an earlier chunk named', () => {
  it.each([
    ['She plays in Map Tower. Otto directed it.', ['She plays in Map Tower.']],
    ['The film was produced by Ling. It won.', ['The film was produced by Ling.', 'It won.']],
    ['Their captain drowned.', ['Their captain drowned.']],
    ['The next year she had moved. Nansen stayed.', ['The next year she had moved.']],
    ['The old town hall burned down.', ['The old town hall burned down.']],
    ['The city counts 68 million inhabitants.', ['The city counts 68 million inhabitants.']],
    ['The mountain dominates Bree Valley.', ['The mountain dominates Bree Valley.']],
    ['The rare species became known in 1876.', ['The rare species became known in 1876.']],
  ])('%s', (text, expected) => {
    expect(open(text)).toEqual(expected);
  });

  it.each([
    'The neighbour of Helen Novak was tall. He sang.',
    'It is recorded that Cedric Orr teaches at Gomo.',
    'The polar explorer Roald Amundsen sailed south.',
    'The Panthers defense gave up 308 points.',
    'Colin Archer built her. She sailed.',
    'Items are listed below.',
    '',
  ])('are not: %s', (text) => {
    expect(open(text)).toEqual([]);
  });

  it('are at most three, as a chunk soon names its own', () => {
    expect(open('It was old. It was tall. It was red. It was there.')).toHaveLength(3);
  });
});
