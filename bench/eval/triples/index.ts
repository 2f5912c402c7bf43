/** The command line of `graphblend eval triples`; what it runs is loaded when it runs. */
import { Option, type Command } from 'commander';
import type { TriplesEvalOptions } from './run.ts';

export function addTriplesEval(parent: Command): void {
  parent
    .command('triples')
    .description('facts in the terms of an ontology, by the measures of Text2KGBench')
    .requiredOption(
      '--text2kg <folder>',
      'a domain (ontology.json, test.jsonl, ground-truth.jsonl, train.jsonl if any), or a folder of domains',
    )
    .option('--json <file>', 'where the figures go')
    .addOption(
      new Option('--extractor <name>', 'rules, or reader: the model reads each sentence')
        .choices(['rules', 'reader'])
        .default('rules'),
    )
    .option('--limit <n>', 'of each domain, only so many sentences', Number)
    .option('--no-examples', 'leave train.jsonl alone: the ontology only')
    .action(async (options: TriplesEvalOptions) => {
      const { evalTriples } = await import('./run.ts');
      await evalTriples(options);
    });
}
