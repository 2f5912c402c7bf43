/** The command line of `graphblend eval reader`; what it runs is loaded when it runs. */
import { InvalidArgumentError, type Command } from 'commander';
import type { ReaderEvalOptions } from './run.ts';

export function addReaderEval(parent: Command): void {
  parent
    .command('reader')
    .description(
      'what a reader answers, beside baselines that guess, with and without cached chunks',
    )
    .option('--model <folder>', 'a reader, instead of the bundled one')
    .option('--embedder <folder>', 'an embedder, instead of the bundled one')
    .option('--data <file>', 'only this set, in the form of blend-musique or xquad dev.json')
    .option(
      '--sets <folder>',
      'where musique-100, blend-musique, xquad and text2kgbench lie',
      '../shared/data',
    )
    .option(
      '--limit <n>',
      'questions of each kind and sentences of each domain, at most (recall is measured on all)',
      count,
    )
    .option('--json <file>', 'where all figures go')
    .action(async (options: ReaderEvalOptions) => {
      const { evalReader } = await import('./run.ts');
      await evalReader(options);
    });
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1) throw new InvalidArgumentError('Give a whole number from 1.');
  return n;
}
