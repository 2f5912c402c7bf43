/** What noun phrases say without a verb: appositions, places inside places, roles before names, possessives. */

import type { ArgumentReader } from './arguments.ts';
import type { Chunk } from './chunk.ts';
import { tupleConfidence, type TupleSource } from './confidence.ts';
import { wordsBetween, type Words, type WordTuple } from './word-tuple.ts';
import type { Word } from './words.ts';

export function nounTuples(
  words: readonly Word[],
  chunks: readonly Chunk[],
  reader: ArgumentReader,
): WordTuple[] {
  return chunks.flatMap((chunk, at) => {
    if (chunk.kind !== 'np' || chunk.isPronoun === true) return [];
    return [
      ...apposition(words, chunks, reader, at),
      ...possessive(words, chunk),
      ...role(words, chunk),
    ];
  });
}

function implied(
  source: Extract<TupleSource, string>,
  subject: Words,
  relation: string,
  object: Words,
): WordTuple {
  const confidence = tupleConfidence(source);
  return {
    subject,
    relation: [],
    implied: relation,
    args: [object],
    negated: false,
    confidence,
    source,
  };
}

/** "Yaromir , the king ,": he is the king. "Rome , Italy": the one is in the other. */
function apposition(
  words: readonly Word[],
  chunks: readonly Chunk[],
  reader: ArgumentReader,
  at: number,
): WordTuple[] {
  const [first, comma, second] = chunks.slice(at, at + 3);
  if (first === undefined || comma?.kind !== 'comma' || second?.kind !== 'np') return [];
  if (first.isTime === true || second.isTime === true || second.isPronoun === true) return [];
  // Behind a comma and a phrase it is a list.
  if (chunks[at - 1]?.kind === 'comma' && chunks[at - 2]?.kind === 'np') return [];
  const phrase = reader.phrase(at + 2);
  if (phrase.members > 1 && !(first.isName === true && chunks[at + 3]?.word === 'of')) return [];
  let to = phrase.to;
  while (chunks[to + 1]?.kind === 'prep' && chunks[to + 2]?.kind === 'np')
    to = reader.phrase(to + 2).to;
  if (!isClosed(chunks, to)) return [];
  const noun = words[second.to]?.tag === 'NOUN' || words[second.from]?.tag === 'DET';
  const object = wordsBetween(second.from, chunks[to]?.to ?? second.to);
  if (noun) return [implied('apposition', apposed(chunks, at), 'is', object)];
  const isPlace =
    first.isName === true && second.isName === true && chunks[at - 1]?.kind === 'prep';
  if (!isPlace) return [];
  return [
    implied(
      'place',
      wordsBetween(first.from, first.to),
      'is in',
      wordsBetween(second.from, second.to),
    ),
  ];
}

function isClosed(chunks: readonly Chunk[], to: number): boolean {
  const [, next, after, last] = chunks.slice(to, to + 4);
  if (next === undefined) return true;
  if (!/^(comma|stop|close|quote|rel)$/.test(next.kind)) return false;
  return !(next.kind === 'comma' && after?.kind === 'cc' && last?.kind === 'np');
}

/** "the captain of the ship , a Norwegian": the whole phrase, unless a name stands right before the comma. */
function apposed(chunks: readonly Chunk[], at: number): Words {
  let from = at;
  if (chunks[at]?.isName === true) return wordsBetween(chunks[at].from, chunks[at].to);
  while (chunks[from - 1]?.word === 'of' && chunks[from - 2]?.kind === 'np') from -= 2;
  return wordsBetween(chunks[from]?.from ?? 0, chunks[at]?.to ?? -1);
}

/** "Yaromir 's bride": he has a bride. */
function possessive(words: readonly Word[], { from, to }: Chunk): WordTuple[] {
  for (let index = from + 1; index < to; index += 1)
    if (/^['’]s?$/.test(words[index]?.lower ?? ''))
      return [
        implied('possessive', wordsBetween(from, index - 1), 'has', wordsBetween(index + 1, to)),
      ];
  return [];
}

/** "the French socialist Henri": he is a French socialist. */
function role(words: readonly Word[], chunk: Chunk): WordTuple[] {
  let name = chunk.to + 1;
  while (name > chunk.from && words[name - 1]?.tag === 'PROPN') name -= 1;
  if (name > chunk.to || name === chunk.from || words[name - 1]?.tag !== 'NOUN') return [];
  let from = chunk.from;
  while (/^(DET|PRON)$/.test(words[from]?.tag ?? '')) from += 1;
  const plain = words.slice(from, name).every((word) => /^(ADJ|NOUN|PROPN)$/.test(word.tag));
  if (!plain) return [];
  return [implied('role', wordsBetween(name, chunk.to), 'is', wordsBetween(from, name - 1))];
}
