/** The command line of `graphblend eval blend`; what it runs is loaded when it runs. */
import { InvalidArgumentError, Option, type Command } from 'commander';
import { KV_CODECS, POLICY_NAMES } from '../../../cache/index.ts';
import type { BlendEvalOptions } from './run.ts';

export function addBlendEval(parent: Command): void {
  parent
    .command('blend')
    .description('answers from blended chunk caches beside those of a full prefill')
    .requiredOption('--data <file>', 'questions in the form of blend-musique or xquad dev.json')
    .option('--model <folder>', 'a reader, instead of the bundled one')
    .addOption(
      new Option('--policy <name>', 'which cached rows are computed again')
        .choices(POLICY_NAMES)
        .default('graph'),
    )
    .option('--budget <percent>', 'share of the cached rows', share, 0.15)
    .addOption(
      new Option('--codec <name>', 'how stored KV is encoded').choices(KV_CODECS).default('fp16'),
    )
    .addOption(
      new Option('--weights <kind>', 'weight kind of the reader')
        .choices(['fp32', 'int8-row'])
        .default('fp32'),
    )
    .option('--limit <n>', 'questions, at most', count)
    .option('--json <file>', 'where all figures and answers go')
    .action(async (options: BlendEvalOptions) => {
      const { evalBlend } = await import('./run.ts');
      await evalBlend(options);
    });
}

function share(text: string): number {
  const percent = Number(text.replace(/%$/, ''));
  if (percent >= 0 && percent <= 100) return percent / 100;
  throw new InvalidArgumentError('Give a percentage from 0% to 100%.');
}

function count(text: string): number {
  const n = Number(text);
  if (Number.isInteger(n) && n > 0) return n;
  throw new InvalidArgumentError('Give a whole number from 1.');
}
