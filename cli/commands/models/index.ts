/** `graphblend models pull | list | rm | check | logits | embed`: checkpoints on this machine, without a server. */
import { type Command, Option } from 'commander';
import { WEIGHT_KINDS, type WeightKind } from '../../../engine/index.ts';
import { check } from './check.ts';
import { embed, type EmbedOptions, logits, type LogitsOptions } from './compare.ts';
import { list, remove } from './local.ts';
import { pull, type PullCommandOptions } from './pull.ts';

/** @param end takes the exit code */
export function addModelCommands(models: Command, end: (code: number) => void): void {
  const json = () => new Option('--json', 'machine-readable output on stdout');
  const weights = (fallback: WeightKind) =>
    new Option('--weights <kind>', 'how weights are kept').choices(WEIGHT_KINDS).default(fallback);

  models.enablePositionalOptions();

  models
    .command('pull')
    .description('fetch a checkpoint from a hub, or copy a folder; goes on where it stopped')
    .argument('<repo or folder>', 'owner/name on the hub, or a path')
    .option('--revision <name>', 'branch, tag or commit', 'main')
    .option('--name <name>', 'what a copied folder is called here')
    .addOption(json())
    .action(async (what: string, options: PullCommandOptions) => end(await pull(what, options)));

  models
    .command('list')
    .description('checkpoints that were pulled')
    .addOption(json())
    .action((options: { json?: boolean }) => end(list(options)));

  models
    .command('rm')
    .description('delete a pulled checkpoint')
    .argument('<name>')
    .action((name: string) => end(remove(name)));

  models
    .command('check')
    .description('is it whole, exact, fast, fit for blending, and does it fit this machine?')
    .argument('<name or folder>')
    .addOption(weights('int8-row'))
    .addOption(json())
    .action(async (what: string, options: { weights: WeightKind; json?: boolean }) =>
      end(await check(what, options)),
    );

  models
    .command('logits')
    .description('logits of token ids, for comparing with other implementations')
    .argument('<name or folder>')
    .requiredOption('--ids <ids>', 'token ids, separated by spaces or commas')
    .requiredOption('--out <file.npy>', 'float32 [tokens, vocabulary]')
    .addOption(weights('fp32'))
    .action((what: string, options: LogitsOptions) => end(logits(what, options)));

  models
    .command('embed')
    .description('vectors of texts, for comparing with other implementations')
    .argument('<name or folder>')
    .requiredOption('--texts <file>', 'one text per line')
    .requiredOption('--out <file.npy>', 'float32 [texts, dimensions]')
    .addOption(
      new Option('--prompt <kind>', 'which prompt of the checkpoint is put before each text')
        .choices(['plain', 'query', 'passage'])
        .default('plain'),
    )
    .action((what: string, options: EmbedOptions) => end(embed(what, options)));
}
