#!/usr/bin/env node
/** The command line: `graphblend serve | ingest | ask | search | schema | status | models | doctor | demo | eval`. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { packageVersion } from '../api/index.ts';
import { addEvalCommands } from '../bench/eval/index.ts';
import { ask, type AskOptions } from './commands/ask.ts';
import { demo } from './commands/demo.ts';
import { doctor } from './commands/doctor.ts';
import { ingest, type IngestOptions } from './commands/ingest.ts';
import { addModelCommands } from './commands/models/index.ts';
import { removeSchema, setSchema, showSchema, type SchemaOptions } from './commands/schema.ts';
import { search, type SearchOptions } from './commands/search.ts';
import { serve } from './commands/serve.ts';
import { models, status, type StatusOptions } from './commands/status.ts';
import { red } from './terminal.ts';

const url = new Option('--url <url>', 'a running server (default: the one of this home, or none)');
const json = new Option('--json', 'machine-readable output on stdout');
const workspace = new Option('-w, --workspace <name>', 'id or name of the workspace');

const pathFix = 'Check the path: it is read from the folder you are in.';
const diskFix = 'Free disk space at the home; nothing that was taken in is lost.';
/** Errors that any command may meet anywhere, and that say nothing about what to do. */
const FIXES: Readonly<Record<string, string>> = {
  SQLITE_FULL: diskFix,
  ENOSPC: diskFix,
  ENOENT: pathFix,
  ENOTDIR: pathFix,
  EISDIR: pathFix,
};

const program = new Command('graphblend')
  .description('Knowledge-graph RAG with chunk-cache reuse')
  .version(packageVersion())
  .enablePositionalOptions() // `models list --json`: an option behind a subcommand is the subcommand's
  .showHelpAfterError();

program
  .command('serve')
  .description('start the server and the web page')
  .option('--port <port>', 'port to listen on (default: PORT or 7420)', port)
  .option('--host <host>', 'address to listen on (default: HOST or 127.0.0.1)')
  .action((options: { port?: number; host?: string }) => serve(options));

program
  .command('ingest')
  .description('add files, folders or URLs')
  .argument('<paths...>')
  .addOption(workspace)
  .addOption(url)
  .addOption(json)
  .action(async (paths: string[], options: IngestOptions) => end(await ingest(paths, options)));

program
  .command('ask')
  .description('answer a question with citations')
  .argument('<question>')
  .addOption(workspace)
  .addOption(
    new Option('-m, --mode <mode>', 'fast, balanced, or exact (no reuse)')
      .choices(['fast', 'balanced', 'exact'])
      .default('balanced'),
  )
  .addOption(url)
  .addOption(json)
  .action(async (question: string, options: AskOptions) => end(await ask(question, options)));

program
  .command('search')
  .description('show what retrieval finds')
  .argument('<question>')
  .addOption(workspace)
  .option('-k, --limit <n>', 'number of chunks', count, 10)
  .addOption(url)
  .addOption(json)
  .action(async (question: string, options: SearchOptions) => end(await search(question, options)));

const schema = program
  .command('schema')
  .description('entity types and relations that facts are stated in');

schema
  .command('show')
  .description('show the schema')
  .addOption(workspace)
  .addOption(url)
  .addOption(json)
  .action(async (options: SchemaOptions) => end(await showSchema(options)));

schema
  .command('set')
  .description('replace it by an ontology in Turtle, N-Triples or JSON; facts are restated')
  .argument('<file>')
  .addOption(workspace)
  .addOption(url)
  .addOption(json)
  .action(async (file: string, options: SchemaOptions) => end(await setSchema(file, options)));

schema
  .command('remove')
  .description('take it away: facts are in the words of the texts')
  .addOption(workspace)
  .addOption(url)
  .addOption(json)
  .action(async (options: SchemaOptions) => end(await removeSchema(options)));

program
  .command('status')
  .description('workspaces, caches and queues')
  .addOption(url)
  .addOption(json)
  .action(async (options: StatusOptions) => end(await status(options)));

addModelCommands(
  program
    .command('models')
    .description('the models in use; more models by the commands below')
    .addOption(url)
    .addOption(json)
    .action(async (options: StatusOptions) => end(await models(options))),
  end,
);

program
  .command('doctor')
  .description('check this machine and this installation')
  .addOption(json)
  .action(async (options: { json?: boolean }) => end(await doctor(options)));

program
  .command('demo')
  .description('ingest the sample, ask five questions in full and blended, compare')
  .addOption(json)
  .action(async (options: { json?: boolean }) => end(await demo(options)));

addEvalCommands(program.command('eval'));

// The reader of a pipe may leave early (`| head`): that is no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  // Ctrl-C: what was shown stays, and the shell is told.
  if ((error as Error).name === 'AbortError') process.exit(130);
  const known = error as Error & { fix?: string; code?: string };
  const fix = known.fix ?? FIXES[known.code ?? ''];
  process.stderr.write(`${red('error')} ${fix ? known.message : (known.stack ?? known.message)}\n`);
  if (fix) process.stderr.write(`      ${fix}\n`);
  end(1);
}

function end(code: number): void {
  process.exitCode = code;
}

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new InvalidArgumentError('expected a port from 0 to 65535');
}

function count(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
  throw new InvalidArgumentError('expected a number from 1 to 100');
}
