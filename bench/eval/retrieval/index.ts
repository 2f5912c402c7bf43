/** The command line of `graphblend eval retrieval`; what it runs is loaded when it runs. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import type { RetrievalEvalOptions } from './run.ts';

export function addRetrievalEval(parent: Command): void {
  parent
    .command('retrieval')
    .description('recall of retrieval on a question set; writes the ranking of every question')
    .requiredOption('--corpus <file>', 'passages: [{id, title, text}]')
    .requiredOption('--questions <file>', 'questions: [{question, supporting?: [corpus ids]}]')
    .option('--triples <file>', 'triples of another extraction, used beside our own')
    .option('--embedder <none|bundled|folder>', 'what makes the vectors', 'bundled')
    .option('--sentences', 'embed every sentence too')
    .addOption(
      new Option('--graph-texts <what>', 'embed what of the graph too')
        .choices(['none', 'names', 'all'])
        .default('none'),
    )
    .option('--no-titles', 'take the passages in without their titles')
    .option('--k <n>', 'passages in each ranking', count, 20)
    .option('--out <file>', 'where {"<question index>": [corpus ids, best first]} goes')
    .addOption(
      new Option('--keep <folder>', 'keep the ingested stores here for further runs').hideHelp(),
    )
    .action(async (options: RetrievalEvalOptions) => {
      const { evalRetrieval } = await import('./run.ts');
      await evalRetrieval(options);
    });
}

function count(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n) || n < 1 || n > 1000)
    throw new InvalidArgumentError('Give a number from 1 to 1000.');
  return n;
}
