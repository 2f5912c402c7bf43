/** Words -> noun phrases, verb groups and what stands between them. */

import type { Chunk, ChunkKind } from './chunk.ts';
import { nounPhrase } from './noun-phrases.ts';
import { verbGroup } from './verb-groups.ts';
import { RELATIVE, SUBORDINATORS } from './word-lists.ts';
import type { Word } from './words.ts';

export function chunksOf(words: readonly Word[]): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 0;
  while (at < words.length) {
    const chunk =
      verbGroup(words, at, chunks) ?? nounPhrase(words, at) ?? single(words, at, chunks);
    chunks.push(chunk);
    at = chunk.to + 1;
  }
  return chunks;
}

function single(words: readonly Word[], at: number, before: readonly Chunk[]): Chunk {
  const word = words[at] as Word;
  const next = words[at + 1];
  const chunk = (kind: ChunkKind, to = at): Chunk => ({ kind, from: at, to, word: word.lower });
  if (word.tag === 'PUNCT') return chunk(punctuationKind(word.lower));
  if (word.lower === 'as' && next?.lower === 'well' && words[at + 2]?.lower === 'as')
    return { ...chunk('cc', at + 2), word: 'and' };
  if (word.lower === 'such' && next?.lower === 'as')
    return { ...chunk('prep', at + 1), word: 'such as' };
  if (
    /^(because|instead|out|ahead|outside|inside|regardless|according|due|prior|thanks|next|close|rather|other)$/.test(
      word.lower,
    ) &&
    /^(of|to|than)$/.test(next?.lower ?? '')
  )
    return { ...chunk('prep', at + 1), word: `${word.lower} ${next?.lower}` };
  const last = before.at(-1);
  if (RELATIVE.has(word.lower) && isRelative(word.lower, last, before.at(-2), next))
    return chunk('rel');
  if (word.lower === 'when' && last?.kind === 'comma') return chunk('sub');
  if (word.tag === 'CCONJ' && word.lower !== 'yet') return chunk('cc');
  if (
    word.tag === 'SCONJ' &&
    /^(for|of|in|by|with|on|about|from|at|without|upon|despite|into|against|through)$/.test(
      word.lower,
    )
  )
    return chunk('prep');
  if (
    SUBORDINATORS.has(word.lower) &&
    (word.tag === 'SCONJ' ||
      /^(that|when|if|because|although|though|while|whereas|unless|whether)$/.test(word.lower))
  )
    return chunk('sub');
  if (word.tag === 'ADP' || word.lower === 'to') return chunk('prep');
  if (word.tag === 'ADV' || word.lower === 'not') return chunk('adv');
  if (word.tag === 'ADJ') return adjectives(words, at);
  if (word.tag === 'SCONJ') return chunk('sub');
  return chunk('other');
}

function isRelative(
  lower: string,
  last: Chunk | undefined,
  previous: Chunk | undefined,
  next: Word | undefined,
): boolean {
  if (lower === 'that') return last?.kind === 'np' && !last.isPronoun && next?.tag !== 'NOUN';
  if (lower === 'where' || lower === 'who')
    return (
      last?.kind === 'np' ||
      (last?.kind === 'comma' && previous?.kind === 'np') ||
      last?.kind === 'cc'
    );
  return true;
}

function adjectives(words: readonly Word[], from: number): Chunk {
  let to = from;
  while (
    words[to + 1]?.tag === 'ADJ' ||
    (words[to + 1]?.tag === 'CCONJ' && words[to + 2]?.tag === 'ADJ')
  )
    to += 1;
  return { kind: 'adj', from, to, word: (words[to] as Word).lower };
}

function punctuationKind(mark: string): ChunkKind {
  if (mark === ',') return 'comma';
  if (mark === '"' || mark === '`' || mark === "'") return 'quote';
  if (/^[([{]$/.test(mark)) return 'open';
  if (/^[)\]}]$/.test(mark)) return 'close';
  if (/^(--|–|—|;|:|\.|\?|!|\.\.\.)$/.test(mark)) return 'stop';
  return 'other';
}
