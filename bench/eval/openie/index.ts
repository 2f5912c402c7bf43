/** The command line of `graphblend eval openie`; what it runs is loaded when it runs. */
import type { Command } from 'commander';
import type { OpenieEvalOptions } from './run.ts';

export function addOpenieEval(parent: Command): void {
  parent
    .command('openie')
    .description('open extraction without a model, in the tab-separated form of CaRB')
    .requiredOption('--sentences <file>', 'one sentence a line')
    .option('--out <file>', 'where the lines go: sentence, confidence, relation, arg1, arg2, ...')
    .option(
      '--gold <file>',
      "score against gold in CaRB's form: sentence, relation, arg1, arg2, ...",
    )
    .option('--json <file>', 'where the figures go')
    .action(async (options: OpenieEvalOptions) => {
      const { evalOpenie } = await import('./run.ts');
      evalOpenie(options);
    });
}
