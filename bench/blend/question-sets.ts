/** The questions that blending is measured on: those with an answer that takes more than one passage. */
import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readReaderSet, type ReaderQuestion } from '../eval/reader/question-file.ts';

export interface QuestionSet {
  readonly name: string;
  readonly questions: readonly ReaderQuestion[];
}

/**
 * @param files separated by commas; default: our own multi-hop questions of 512 and 1,024 tokens
 * @param skip leaves out so many of each set, so that settings are checked on questions they were not chosen on
 */
export function questionSets(files: string | undefined, limit: number, skip = 0): QuestionSet[] {
  return (files?.split(',') ?? bundled()).map((file) => {
    const all = readReaderSet(file).filter(({ answers }) => answers.length > 0);
    const multi = all.filter(({ kind }) => kind !== '1-hop');
    return {
      name: basename(file).replace(/\.json(?:\.gz)?$/, ''),
      questions: multi.slice(skip, skip + limit),
    };
  });
}

function bundled(): string[] {
  const folder = join(import.meta.dirname, '..', 'eval', 'reader', 'data');
  return readdirSync(folder)
    .filter((name) => /-(?:512|1024)\.json\.gz$/.test(name))
    .map((name) => join(folder, name));
}
