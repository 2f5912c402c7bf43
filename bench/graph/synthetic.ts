/**
 * Documents whose triples make a graph of the shape that text makes: few entities everywhere, most in one or
 * two places. Ends of triples are drawn from Zipf and Mandelbrot's law, p(rank) ~ 1 / (rank + 20).
 */
import type { ExtractedMention, ExtractedTriple, SaidByDocument } from '../../graph/index.ts';

export interface Shape {
  readonly triples: number;
  readonly seed: number;
}

const TRIPLES_PER_CHUNK = 10;
const CHUNKS_PER_DOCUMENT = 10;
const TRIPLES_PER_ENTITY = 5;
const RELATIONS = 200;
const SHIFT = 20;

export function entityCount({ triples }: Shape): number {
  return Math.ceil(triples / TRIPLES_PER_ENTITY);
}

export function entityName(rank: number): string {
  return `Entity number ${rank.toString(36)}`;
}

/** Uniform in [0, 1); mulberry32. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Rank of an entity by the inverse of the law's distribution function. */
export function zipf(count: number, random: () => number): number {
  return Math.min(count - 1, Math.floor(SHIFT * ((count + SHIFT) / SHIFT) ** random() - SHIFT));
}

export function* syntheticDocuments(shape: Shape): Generator<SaidByDocument> {
  const random = randomFrom(shape.seed);
  const perDocument = TRIPLES_PER_CHUNK * CHUNKS_PER_DOCUMENT;
  for (let first = 0; first < shape.triples; first += perDocument) {
    const documentId = `doc_${first / perDocument}`;
    const count = Math.min(perDocument, shape.triples - first);
    yield { documentId, extractions: chunksOf(documentId, count, shape, random) };
  }
}

function chunksOf(
  documentId: string,
  triples: number,
  shape: Shape,
  random: () => number,
): SaidByDocument['extractions'] {
  return Array.from({ length: Math.ceil(triples / TRIPLES_PER_CHUNK) }, (_, chunk) => {
    const mentions: ExtractedMention[] = [];
    const said: ExtractedTriple[] = [];
    const count = Math.min(TRIPLES_PER_CHUNK, triples - chunk * TRIPLES_PER_CHUNK);
    for (let i = 0; i < count; i++) {
      const triple = tripleAt((chunk * TRIPLES_PER_CHUNK + i) * 80, shape, random);
      said.push(triple);
      for (const { name, type, span } of [triple.subject, triple.object]) {
        mentions.push({ name, surface: name, type, span });
      }
    }
    return { chunkId: `chk_${documentId}_${chunk}`, mentions, triples: said };
  });
}

function tripleAt(start: number, shape: Shape, random: () => number): ExtractedTriple {
  const end = (from: number): ExtractedTriple['subject'] => {
    const name = entityName(zipf(entityCount(shape), random));
    return { name, type: 'thing', span: { start: from, end: from + name.length } };
  };
  return {
    subject: end(start),
    relation: {
      name: `relation ${Math.floor(random() * RELATIONS)}`,
      span: { start: start + 25, end: start + 35 },
    },
    object: end(start + 40),
    confidence: 0.5 + Math.floor(random() * 50) / 100,
    negated: false,
    sentence: { start, end: start + 70 },
  };
}
