/** Tokens -> noun phrases, verb groups and what stands between them. */

import {
  DIRECTIONS,
  HONORIFICS,
  POSSESSIVE_DETERMINERS,
  QUANTIFIER_NOUNS,
  SUBORDINATORS,
  TIME_NOUNS,
} from './lexicon.ts';
import type { RawMention } from './names.ts';
import type { Argument, Item } from './phrase.ts';
import type { Token } from './token.ts';
import { isParticle, toVerbGroup } from './verb-group.ts';

/** What stands in brackets interrupts the grammar and is left out of it. */
export function phrasesOf(
  text: string,
  tokens: readonly Token[],
  mentions: readonly RawMention[],
): Item[] {
  const kept = outsideBrackets(tokens);
  const places = new Map(kept.map((token, index) => [token, index]));
  const moved = mentions.flatMap((mention) => {
    const from = places.get(tokens[mention.from] as Token);
    const to = places.get(tokens[mention.to] as Token);
    return from === undefined || to === undefined ? [] : [{ ...mention, from, to }];
  });
  return new PhraseReader(text, kept, moved).read();
}

function outsideBrackets(tokens: readonly Token[]): Token[] {
  let depth = 0;
  return tokens.filter((token) => {
    for (const char of token.before)
      depth +=
        char === '(' || char === '[' ? 1 : (char === ')' || char === ']') && depth > 0 ? -1 : 0;
    return depth === 0;
  });
}

class PhraseReader {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  readonly #mentionAt = new Map<number, RawMention>();
  #at = 0;

  constructor(text: string, tokens: readonly Token[], mentions: readonly RawMention[]) {
    this.#text = text;
    this.#tokens = tokens;
    for (const mention of mentions) this.#mentionAt.set(mention.from, mention);
  }

  read(): Item[] {
    const items: Item[] = [];
    while (this.#at < this.#tokens.length) {
      const start = this.#at;
      const item = this.#next(items.at(-1));
      if (item !== undefined) items.push(item);
      if (this.#at === start) this.#at += 1;
    }
    return items;
  }

  #next(last: Item | undefined): Item | undefined {
    const token = this.#token(0);
    const before = token.before;
    if (DIRECTIONS.has(token.lower) && this.#token(1).lower === 'of' && last?.kind !== 'prep')
      return this.#longPreposition(before, 2);
    if (
      /^(on behalf of|in front of|in honou?r of|as part of|in place of|in addition to|as well as|with respect to|in terms of|by means of|in charge of|in search of|in favou?r of)$/.test(
        this.#words(3),
      )
    )
      return this.#longPreposition(before, 3);
    if (
      (/^(out of|because of|instead of|due to|according to|prior to|next to|close to|such as|along with|together with|up to|as of|away from|ahead of|inside of|outside of|apart from)$/.test(
        this.#words(2),
      ) &&
        last?.kind !== 'np') ||
      /^(such as|out of|because of|instead of|along with|together with)$/.test(this.#words(2))
    )
      return this.#longPreposition(before, 2);
    if (this.#isApproximator(token)) return this.#word('other', before);
    if (this.#mentionAt.has(this.#at)) return this.#nounPhrase(before);
    switch (token.pos) {
      case 'det':
      case 'num':
      case 'noun':
      case 'name':
        return this.#nounPhrase(before);
      case 'adj':
        return this.#adjective(before);
      case 'pron':
        return this.#pronoun(before);
      case 'aux':
      case 'verb':
      case 'neg':
        return this.#verbGroup(before);
      case 'adv':
        return this.#adverb(before);
      case 'to':
        return this.#infinitiveOrTo(before);
      case 'prep':
        return this.#preposition(before, last);
      case 'rel':
        return this.#word('rel', before);
      case 'conj':
        return this.#word('conj', before);
      default:
        return SUBORDINATORS.has(token.lower)
          ? this.#word('sub', before)
          : this.#word('other', before);
    }
  }

  #token(offset: number): Token {
    return this.#tokens[this.#at + offset] ?? END;
  }

  #word(kind: 'conj' | 'rel' | 'sub' | 'other', before: string): Item {
    const token = this.#token(0);
    this.#at += 1;
    return { kind, word: token.lower, span: { start: token.start, end: token.end }, before };
  }

  #words(count: number): string {
    return Array.from({ length: count }, (_, offset) => this.#token(offset).lower).join(' ');
  }

  /** "north of the islands", "on behalf of the society" */
  #longPreposition(before: string, count: number): Item {
    const word = this.#words(count);
    const span = { start: this.#token(0).start, end: this.#token(count - 1).end };
    this.#at += count;
    return { kind: 'prep', word, span, before };
  }

  /** "about 39 metres", "more than sixty years" */
  #isApproximator(token: Token): boolean {
    if (
      /^(about|around|over|under|nearly|almost|approximately|roughly|only|some)$/.test(token.lower)
    )
      return this.#token(1).pos === 'num' && this.#mentionAt.get(this.#at + 1)?.type !== 'date';
    if (/^(more|less|fewer)$/.test(token.lower))
      return this.#token(1).lower === 'than' && this.#token(2).pos === 'num';
    return token.lower === 'than' && this.#token(1).pos === 'num';
  }

  #preposition(before: string, last: Item | undefined): Item {
    const token = this.#token(0);
    // "after the ship left": a clause follows, not a phrase; only its verb can tell.
    if (
      (SUBORDINATORS.has(token.lower) || (token.lower === 'as' && before.includes(','))) &&
      (last?.kind !== 'verb' || last.verb.copula) &&
      this.#mentionAt.get(this.#at + 1)?.type !== 'date' &&
      this.#clauseAhead()
    )
      return this.#word('sub', before);
    let end = token.end;
    let word = token.lower;
    this.#at += 1;
    const next = this.#token(0);
    if (
      next.pos === 'prep' &&
      next.before === ' ' &&
      !SUBORDINATORS.has(next.lower) &&
      word !== 'of'
    ) {
      word += ` ${next.lower}`;
      end = next.end;
      this.#at += 1;
    }
    return { kind: 'prep', word, span: { start: token.start, end }, before };
  }

  #clauseAhead(): boolean {
    for (let offset = 1; offset < 9; offset += 1) {
      const token = this.#token(offset);
      if (
        token === END ||
        token.before.includes(',') ||
        token.pos === 'rel' ||
        token.pos === 'conj'
      )
        return false;
      if ((token.pos === 'verb' && token.form !== 'gerund') || token.pos === 'aux') return true;
    }
    return false;
  }

  #adverb(before: string): Item | undefined {
    const next = this.#token(1);
    if (SUBORDINATORS.has(this.#token(0).lower) && this.#clauseAhead())
      return this.#word('sub', before);
    if (next.pos === 'verb' || next.pos === 'aux') return this.#verbGroup(before);
    if (
      next.pos === 'num' ||
      (next.pos === 'adj' && /ly$|^(very|most|more|almost|about)$/.test(this.#token(0).lower))
    )
      return this.#nounPhrase(before);
    return this.#word('other', before);
  }

  #adjective(before: string): Item | undefined {
    let offset = 1;
    while (this.#token(offset).pos === 'adj' && this.#token(offset).before === ' ') offset += 1;
    const next = this.#token(offset);
    const leads =
      (next.pos === 'noun' || next.pos === 'name' || next.pos === 'num') &&
      /^[ -]?$/.test(next.before);
    if (leads) return this.#nounPhrase(before);
    const token = this.#token(0);
    this.#at += 1;
    return { kind: 'adj', word: token.lower, span: { start: token.start, end: token.end }, before };
  }

  #pronoun(before: string): Item {
    const token = this.#token(0);
    this.#at += 1;
    const span = { start: token.start, end: token.end };
    return {
      kind: 'np',
      before,
      argument: {
        kind: 'pronoun',
        span,
        surface: token.text,
        type: 'thing',
        head: token.lower,
        definite: false,
        determiner: '',
      },
    };
  }

  // ------------------------------------------------------------- verbs

  #infinitiveOrTo(before: string): Item | undefined {
    const next = this.#token(1);
    const verbNext =
      next.pos === 'verb' ||
      next.pos === 'aux' ||
      (next.pos === 'adv' && this.#token(2).pos === 'verb');
    if (verbNext && next.form !== 'gerund' && !/^\p{Lu}/u.test(next.text)) {
      this.#at += 1;
      return this.#verbGroup(before, true);
    }
    const token = this.#token(0);
    this.#at += 1;
    return { kind: 'prep', word: 'to', span: { start: token.start, end: token.end }, before };
  }

  /** (aux | not | adverb)* verb particle? (to verb)? */
  #verbGroup(before: string, infinitive = false): Item | undefined {
    const parts: Token[] = [];
    let negated = false;
    let verbs = 0;
    for (;;) {
      const token = this.#token(0);
      if (parts.length > 0 && token !== END && !/^\s?$/.test(token.before)) break;
      if (token.pos === 'aux' && verbs === 0) parts.push(token);
      else if (token.pos === 'neg') negated = true;
      else if (token.pos === 'adv' && (this.#verbAhead() || parts.length > 0) && verbs === 0) {
        if (!this.#verbAhead()) break;
      } else if (token.pos === 'verb' && this.#continuesGroup(parts, verbs, token)) {
        parts.push(token);
        verbs += 1;
      } else if (
        token.pos === 'to' &&
        verbs > 0 &&
        this.#token(1).pos === 'verb' &&
        this.#token(1).form !== 'gerund'
      ) {
        parts.push(token);
        verbs = 0;
      } else if (
        isParticle(token) &&
        verbs > 0 &&
        parts.at(-1)?.pos === 'verb' &&
        (!/^(on|over|together|forward)$/.test(token.lower) || !this.#nounAhead())
      ) {
        parts.push(token);
      } else break;
      this.#at += 1;
    }
    return parts.length === 0
      ? undefined
      : { kind: 'verb', before, verb: toVerbGroup(parts, negated, infinitive) };
  }

  #continuesGroup(parts: readonly Token[], verbs: number, token: Token): boolean {
    if (verbs === 0) return true;
    const last = parts.at(-1);
    // "started sailing", "was named": a finite verb never follows another one.
    return (
      verbs === 1 &&
      token.form === 'gerund' &&
      last?.form !== 'gerund' &&
      /^(start|began|begin|continu|stop|keep|kept|finish)/.test(last?.lower ?? '')
    );
  }

  #verbAhead(): boolean {
    for (let offset = 1; offset <= 3; offset += 1) {
      const token = this.#token(offset);
      if (token.pos === 'verb' || token.pos === 'aux') return /^\s?$/.test(token.before);
      if (token.pos !== 'adv' && token.pos !== 'neg') return false;
    }
    return false;
  }

  #nounAhead(): boolean {
    const next = this.#token(1);
    return (
      /^\s?$/.test(next.before) &&
      (next.pos === 'det' ||
        next.pos === 'noun' ||
        next.pos === 'name' ||
        next.pos === 'num' ||
        next.pos === 'adj' ||
        next.pos === 'pron')
    );
  }

  // ------------------------------------------------------------- noun phrases

  #nounPhrase(before: string): Item | undefined {
    const argument = this.#simplePhrase();
    return argument === undefined
      ? undefined
      : { kind: 'np', before, argument: this.#joinOf(argument) };
  }

  /** "the captain of the Fram" is one argument; dates and quantities do not take "of". */
  #joinOf(head: Argument): Argument {
    const of = this.#token(0);
    if (
      of.lower !== 'of' ||
      of.before !== ' ' ||
      this.#mentionAt.has(this.#at) ||
      head.kind === 'date' ||
      head.kind === 'pronoun'
    )
      return head;
    const next = this.#token(1);
    const isPhrase =
      next.pos === 'det' ||
      next.pos === 'noun' ||
      next.pos === 'name' ||
      next.pos === 'adj' ||
      next.pos === 'num' ||
      this.#mentionAt.has(this.#at + 1);
    if (!isPhrase || next.before !== ' ') return head;
    const back = this.#at;
    this.#at += 1;
    const inner = this.#simplePhrase();
    if (inner === undefined || inner.kind === 'pronoun') {
      this.#at = back;
      return head;
    }
    const object = this.#joinOf(inner);
    if (
      QUANTIFIER_NOUNS.has(head.head) &&
      head.surface.toLowerCase() === head.head &&
      object.kind === 'name'
    )
      return object;
    const span = { start: head.span.start, end: object.span.end };
    const kind = head.kind === 'quantity' ? 'quantity' : 'common';
    const { described: _, ...rest } = head;
    return {
      ...rest,
      kind,
      span,
      surface: this.#text.slice(span.start, span.end),
      type: head.kind === 'name' ? head.type : 'thing',
      of: object,
    };
  }

  #simplePhrase(): Argument | undefined {
    const start = this.#at;
    const determiner = this.#takeDeterminers();
    const first = this.#at;
    let lastName: RawMention | undefined;
    let nameFrom = -1;
    let owner: Argument | undefined;
    let nouns = 0;
    let headToken: Token | undefined;
    for (;;) {
      const token = this.#token(0);
      const listed =
        nouns === 0 &&
        token.before === ', ' &&
        this.#tokens[this.#at - 1]?.pos === 'adj' &&
        determiner !== '' &&
        (token.pos === 'adj' || token.pos === 'noun');
      if (
        this.#at > start &&
        !listed &&
        token !== END &&
        !/^[ -]?$|^['’"“]?$|^ ["“'‘]$/.test(token.before) &&
        !(this.#mentionAt.has(this.#at) && /^ ["“]$/.test(token.before))
      )
        break;
      const mention = this.#mentionAt.get(this.#at);
      if (mention !== undefined) {
        if (nouns > 0 && (mention.type === 'date' || mention.type === 'quantity')) break;
        // "a 1975 comedy"
        if (
          mention.type === 'date' &&
          mention.from === mention.to &&
          determiner !== '' &&
          this.#nounFollows()
        ) {
          this.#at += 1;
          continue;
        }
        lastName = mention;
        nameFrom = this.#at;
        this.#at = mention.to + 1;
        nouns += 1;
        headToken = this.#tokens[mention.to];
        if (headToken?.possessive === true) {
          owner = this.#nameArgument(mention);
          nouns = 0;
          lastName = undefined;
        } else if (mention.type === 'date') break;
        continue;
      }
      if (token.pos === 'noun' || token.pos === 'name' || token.pos === 'num') {
        nouns += 1;
        headToken = token;
        if (token.possessive) nouns = 0;
      } else if (token.pos === 'adj' && this.#nounFollows()) {
        // modifies what follows
      } else if (
        token.pos === 'adv' &&
        nouns === 0 &&
        this.#at < start + 4 &&
        this.#nounFollows()
      ) {
        // "almost thirty years"
      } else if (
        token.pos === 'verb' &&
        token.form === 'gerund' &&
        nouns === 0 &&
        determiner !== '' &&
        this.#nounFollows()
      ) {
        // "the floating shelf"
      } else break;
      this.#at += 1;
    }
    if (nouns === 0) return this.#bareDeterminer(start, determiner, owner);
    return this.#toArgument(first, this.#at - 1, determiner, lastName, nameFrom, owner, headToken);
  }

  #takeDeterminers(): string {
    let determiner = '';
    while (this.#token(0).pos === 'det' && !this.#mentionAt.has(this.#at)) {
      determiner = this.#token(0).lower;
      this.#at += 1;
      if (!/^\s?["“]?$/.test(this.#token(0).before)) break;
    }
    return determiner;
  }

  #nounFollows(): boolean {
    for (let offset = 1; offset <= 4; offset += 1) {
      const token = this.#token(offset);
      if (!/^[ -]?$/.test(token.before)) return false;
      if (token.pos === 'noun' || token.pos === 'name' || token.pos === 'num') return true;
      if (token.pos !== 'adj') return false;
    }
    return false;
  }

  /** "This", "all", "his" alone stand for something else. */
  #bareDeterminer(
    start: number,
    determiner: string,
    owner: Argument | undefined,
  ): Argument | undefined {
    if (owner !== undefined) return owner;
    const token = this.#tokens[start];
    if (
      determiner === '' ||
      token === undefined ||
      determiner === 'the' ||
      determiner === 'a' ||
      determiner === 'an'
    )
      return undefined;
    const last = this.#tokens[this.#at - 1] ?? token;
    return {
      kind: 'pronoun',
      span: { start: token.start, end: last.end },
      surface: this.#text.slice(token.start, last.end),
      type: 'thing',
      head: determiner,
      definite: false,
      determiner,
    };
  }

  #toArgument(
    from: number,
    to: number,
    determiner: string,
    name: RawMention | undefined,
    nameFrom: number,
    owner: Argument | undefined,
    headToken: Token | undefined,
  ): Argument | undefined {
    const first = this.#tokens[from];
    const last = this.#tokens[to];
    if (first === undefined || last === undefined) return undefined;
    const endsInName = name !== undefined && name.to === to;
    if (endsInName && (nameFrom === from || (owner === undefined && nameFrom > from))) {
      const argument = this.#nameArgument(name, determiner);
      if (nameFrom === from || argument.kind !== 'name')
        return nameFrom === from ? argument : this.#common(from, to, determiner, headToken, owner);
      let end = nameFrom - 1;
      while (
        end >= from &&
        HONORIFICS.has(this.#tokens[end]?.lower ?? '') &&
        /^\p{Lu}/u.test(this.#tokens[end]?.text ?? '')
      )
        end -= 1;
      return end < from
        ? argument
        : {
            ...argument,
            described: {
              name: argument,
              role: this.#common(from, end, determiner, this.#tokens[end], undefined),
            },
          };
    }
    const common = this.#common(from, to, determiner, headToken, owner);
    if (!endsInName) return common;
    // "Amundsen's ship Maud": what Amundsen owns is the Maud, and the Maud is a ship.
    const argument = this.#nameArgument(name, determiner);
    const ownerTokens = this.#tokens.findIndex(
      (token) =>
        token.start >= (owner?.span.end ?? 0) && token.start >= first.start && !token.possessive,
    );
    if (argument.kind !== 'name' || ownerTokens < 0 || ownerTokens >= nameFrom)
      return argument.kind === 'name' ? { ...argument, owner } : common;
    return {
      ...argument,
      owner,
      described: {
        name: argument,
        role: this.#common(ownerTokens, nameFrom - 1, '', this.#tokens[nameFrom - 1], undefined),
      },
    };
  }

  #nameArgument(mention: RawMention, determiner = ''): Argument {
    const kind =
      mention.type === 'date' ? 'date' : mention.type === 'quantity' ? 'quantity' : 'name';
    return {
      kind,
      span: mention.span,
      surface: mention.surface,
      type: mention.type,
      head: mention.surface.toLowerCase(),
      definite: determiner === 'the',
      determiner,
    };
  }

  #common(
    from: number,
    to: number,
    determiner: string,
    headToken: Token | undefined,
    owner: Argument | undefined,
  ): Argument {
    const first = this.#tokens[from] ?? END;
    const last = this.#tokens[to] ?? END;
    const end = last.possessive ? last.end - (/['’]s$/.test(last.text) ? 2 : 1) : last.end;
    const span = { start: first.start, end };
    const head = (headToken ?? last).lower.replace(/'s?$/, '');
    const isTime = TIME_NOUNS.has(head);
    return {
      kind: 'common',
      span,
      surface: this.#text.slice(span.start, span.end),
      type: isTime ? 'date' : 'thing',
      head,
      definite:
        determiner === 'the' ||
        determiner === 'this' ||
        determiner === 'that' ||
        POSSESSIVE_DETERMINERS.has(determiner),
      determiner,
      owner,
    };
  }
}

const END: Token = {
  start: 0,
  end: 0,
  text: '',
  lower: '',
  pos: 'other',
  possessive: false,
  tags: new Set(),
  before: '\n',
};
