/** CaRB's files of tab-separated lines. */

import type { OpenTuple, TuplesBySentence } from './carb-score.ts';

/** Gold: sentence, relation, arg1, arg2, ... Arguments that hold a context mark ("C: ") are left out, as CaRB does. */
export function readGold(content: string): TuplesBySentence {
  return grouped(content, ([sentence = '', relation = '', ...args]) => ({
    sentence: sentence.trim(),
    tuple: {
      relation: relation.trim(),
      args: args.filter((arg) => !arg.includes('C: ')).map((arg) => arg.trim()),
      confidence: 1,
    },
  }));
}

/** A system's output: sentence, confidence, relation, arg1, arg2, ... */
export function readTabbed(content: string): TuplesBySentence {
  return grouped(content, ([sentence = '', confidence = '', relation = '', ...args]) => ({
    sentence,
    tuple: { relation, args, confidence: Number(confidence) },
  }));
}

/** One line of `readTabbed`'s form; tabs and line breaks inside a field become blanks. */
export function tabbedLine(sentence: string, tuple: OpenTuple): string {
  return [sentence, String(tuple.confidence), tuple.relation, ...tuple.args]
    .map((field) => field.replace(/[\t\r\n]+/g, ' '))
    .join('\t');
}

function grouped(
  content: string,
  read: (fields: string[]) => { sentence: string; tuple: OpenTuple },
): TuplesBySentence {
  const tuples = new Map<string, OpenTuple[]>();
  for (const line of content.split(/\r?\n/)) {
    if (line.trim() === '') continue;
    const { sentence, tuple } = read(line.trim().split('\t'));
    const list = tuples.get(sentence) ?? [];
    list.push(tuple);
    tuples.set(sentence, list);
  }
  return tuples;
}
