/** The command line of `graphblend eval docred`; what it runs is loaded when it runs. */
import type { Command } from 'commander';
import type { DocredEvalOptions } from './run.ts';

export function addDocredEval(parent: Command): void {
  parent
    .command('docred')
    .description('names and related pairs found by extraction without a model, on (Re-)DocRED')
    .requiredOption('--data <file>', 'documents: [{title, sents, vertexSet, labels}]')
    .option('--json <file>', 'where the figures go')
    .action(async (options: DocredEvalOptions) => {
      const { evalDocred } = await import('./run.ts');
      evalDocred(options);
    });
}
