/** Texts to ingest: a question set's corpus over and over, with other names each time, or made-up ones. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { syntheticCorpus } from '../retrieval/synthetic.ts';

export interface Text {
  readonly title: string;
  readonly text: string;
}

/** `folder` holds corpus.json `[{title, text}]`; without it the texts are made up. */
export function textsToIngest(folder: string, count: number): Text[] {
  const path = join(folder, 'corpus.json');
  if (!existsSync(path)) {
    const corpus = syntheticCorpus({ passages: count });
    return Array.from({ length: count }, (_, i) => corpus.passage(i).parsed);
  }
  const passages = JSON.parse(readFileSync(path, 'utf8')) as Text[];
  return Array.from({ length: count }, (_, i) => {
    const { title, text } = passages[i % passages.length]!;
    const round = Math.floor(i / passages.length);
    return { title: renamed(title, round), text: renamed(text, round) };
  });
}

/** Other names, the same language: in round 1 "Colin Archer" is "Dolin Brcher", in round 2 "Eolin Crcher". */
function renamed(text: string, round: number): string {
  if (round === 0) return text;
  return text.replace(/(?<=[a-z,;] )[A-Z](?=[a-z]{3})/gu, (letter) =>
    String.fromCharCode(65 + ((letter.charCodeAt(0) - 65 + round) % 26)),
  );
}
