/**
 * A made-up encyclopedia of any size: passages of about 100 words with Zipfian words, named things of Zipfian
 * fame, five facts a passage, and questions that take one or two passages to answer. The same seed gives the
 * same text. It is for measuring time and memory; it says nothing about the quality of answers.
 */
import type { ChunkExtraction, EntityType, ParsedDocument, Span } from '../../graph/index.ts';

export interface SyntheticPassage {
  readonly parsed: ParsedDocument;
  readonly sentences: readonly Span[];
  readonly said: Omit<ChunkExtraction, 'chunkId'>;
  /** Unit length. */
  readonly vector: Float32Array;
}

export interface SyntheticQuestion {
  readonly text: string;
  readonly vector: Float32Array;
}

export interface SyntheticCorpus {
  passage(number: number): SyntheticPassage;
  question(number: number): SyntheticQuestion;
}

export interface SyntheticOptions {
  readonly passages: number;
  /** Default 384. */
  readonly dimensions?: number;
  readonly seed?: number;
}

const WORDS = 60_000;
const FACTS = 5;
const FILLERS_PER_SENTENCE = 12;
const RELATIONS = [
  'was born in',
  'worked for',
  'founded',
  'is part of',
  'wrote about',
  'married',
  'lies near',
];
const TYPES: readonly EntityType[] = ['person', 'place', 'organization', 'work'];

export function syntheticCorpus(options: SyntheticOptions): SyntheticCorpus {
  const { passages, dimensions = 384, seed = 1 } = options;
  const vectors = syntheticVectors(dimensions, seed);
  /** Every passage is about one thing; a few things in ten are mentioned only. */
  const things = Math.ceil(passages * 1.3);
  const subjectOf = (number: number): number => number;

  function passage(number: number): SyntheticPassage {
    const random = seeded(seed, number);
    const subject = thing(subjectOf(number));
    const writer = textWriter();
    const mentions: ChunkExtraction['mentions'][number][] = [];
    const triples: ChunkExtraction['triples'][number][] = [];
    const mention = (named: Thing): Span => {
      const span = writer.add(named.name);
      mentions.push({ surface: named.name, name: named.name, type: named.type, span });
      return span;
    };
    for (let i = 0; i < FACTS; i++) {
      const start = writer.length;
      const object = thing(famous(things, random));
      const subjectSpan = mention(subject);
      const relation = RELATIONS[Math.floor(random() * RELATIONS.length)]!;
      const relationSpan = writer.add(relation);
      const objectSpan = mention(object);
      for (let w = 0; w < FILLERS_PER_SENTENCE; w++) writer.add(zipfWord(random));
      const sentence = writer.endSentence(start);
      triples.push({
        subject: { ...subject, span: subjectSpan },
        relation: { name: relation, span: relationSpan },
        object: { ...object, span: objectSpan },
        confidence: 0.5 + random() / 2,
        negated: false,
        sentence,
      });
    }
    const { text, sentences } = writer;
    return {
      parsed: {
        title: subject.name,
        text,
        blocks: [{ kind: 'paragraph', start: 0, end: text.length }],
      },
      sentences,
      said: { mentions, triples },
      vector: vectors.passage(number),
    };
  }

  return {
    passage,
    question: (number) => {
      const random = seeded(seed + 1_000_003, number);
      const target = Math.floor(random() * passages);
      const { said, parsed } = passage(target);
      const { subject, relation, object } = said.triples[Math.floor(random() * FACTS)]!;
      const words = parsed.text
        .slice(0, -1)
        .split(/[ .]+/u)
        .filter((word) => /^[a-z]{4,}$/u.test(word));
      const some = Array.from({ length: 3 }, () => words[Math.floor(random() * words.length)]);
      const named = random() < 0.5 ? subject.name : object.name;
      return {
        text: `Who ${relation.name} the ${some[0]} ${some[1]} of ${named} and the ${some[2]} ${zipfWord(random)}?`,
        vector: vectors.question(target, number),
      };
    },
  };
}

interface Thing {
  readonly name: string;
  readonly type: EntityType;
}

/** Names of two words, the first from few, the last from many; some last words are shared. */
function thing(number: number): Thing {
  const random = seeded(77, number);
  const first = capital(syllables(Math.floor(2_000 * random() ** 2), 2));
  const last = capital(syllables(number % 5 === 0 ? number % 997 : number, 3));
  return { name: `${first} ${last}`, type: TYPES[number % TYPES.length]! };
}

/** Rank of a thing, the famous ones first: the density falls with the root of the rank. */
function famous(things: number, random: () => number): number {
  return Math.floor(things * random() ** 2.2);
}

/** A word of the vocabulary, its frequency by Zipf's law; the most frequent ones are those of English. */
function zipfWord(random: () => number): string {
  const rank = Math.floor(WORDS ** random() * (1 + random())) - 1;
  return MOST_FREQUENT[rank] ?? syllables(rank + 5_000_000, 3);
}

const MOST_FREQUENT =
  `the of and to in a is that for it was on with as he be at by had this not but from have are his or which
  you an her she were we been has their will one would all so if more when who what there can no other out up
  into than them some only its could`.split(/\s+/u);

const ONSETS = ['b', 'd', 'f', 'g', 'k', 'l', 'm', 'n', 'p', 'r', 's', 't', 'v', 'z', 'st', 'tr'];
const VOWELS = ['a', 'e', 'i', 'o', 'u', 'ai', 'ou', 'ei'];

/** The number written in syllables, at least so many. */
function syllables(number: number, least: number): string {
  let text = '';
  for (let i = 0, rest = number; i < least || rest > 0; i++) {
    text +=
      ONSETS[rest % ONSETS.length]! + VOWELS[Math.floor(rest / ONSETS.length) % VOWELS.length]!;
    rest = Math.floor(rest / (ONSETS.length * VOWELS.length));
  }
  return text;
}

function capital(word: string): string {
  return word[0]!.toUpperCase() + word.slice(1);
}

function textWriter() {
  const parts: string[] = [];
  const sentences: Span[] = [];
  let length = 0;
  const put = (text: string): void => {
    parts.push(text);
    length += text.length;
  };
  return {
    sentences,
    get length() {
      return length;
    },
    get text() {
      return parts.join('');
    },
    /** Adds words and a space; the span is that of the words. */
    add: (words: string): Span => {
      const span = { start: length, end: length + words.length };
      put(`${words} `);
      return span;
    },
    endSentence: (start: number): Span => {
      const span = { start, end: length };
      put('. ');
      sentences.push(span);
      return span;
    },
  };
}

/**
 * Vectors like those of sentence encoders: many clusters of unequal size around a common direction, and noise
 * whose directions differ in strength. `even`: without the clusters, and questions far from every passage,
 * which is the hardest case for an index of neighbours.
 */
export function syntheticVectors(
  dimensions: number,
  seed: number,
  kind: 'clustered' | 'even' = 'clustered',
) {
  const clusters = 2_000;
  const strength = Float32Array.from({ length: dimensions }, (_, i) => 1 / Math.sqrt(1 + i / 24));
  const centres = Array.from({ length: clusters }, (_, c) => noise(seeded(seed + 5, c)));
  const common = noise(seeded(seed + 6, 0));

  function noise(random: () => number): Float32Array {
    return Float32Array.from(
      strength,
      (s) => s * (random() + random() + random() + random() - 2) * 1.73,
    );
  }

  function mixed(
    parts: readonly (readonly [weight: number, vector: Float32Array])[],
  ): Float32Array {
    const sum = new Float32Array(dimensions);
    for (const [weight, vector] of parts) {
      for (let i = 0; i < dimensions; i++) sum[i]! += weight * vector[i]!;
    }
    const norm = Math.hypot(...sum);
    return sum.map((value) => value / norm);
  }

  const passage = (number: number): Float32Array => {
    const random = seeded(seed + 7, number);
    const centre = centres[Math.floor(clusters * random() ** 1.5)]!;
    return mixed([
      [0.6, common],
      [kind === 'even' ? 0 : 1, centre],
      [0.8, noise(random)],
    ]);
  };
  return {
    passage,
    /** Near the vector of a passage, without being it. */
    question: (target: number, number: number): Float32Array =>
      mixed([
        [1, passage(target)],
        [kind === 'even' ? 0.1 : 0.03, noise(seeded(seed + 8, number))],
      ]),
  };
}

/** mulberry32, one stream for each number. */
function seeded(seed: number, stream: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
