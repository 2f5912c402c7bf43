/** `graphblend ask "<question>"`: a streamed answer with citations and the path to it. */
import type { Answer, Mode } from '../../api/index.ts';
import { withClient } from '../connect.ts';
import { CliError } from '../errors.ts';
import type { RestClient } from '../rest-client.ts';
import { printAnswer, printEvidence } from '../render-answer.ts';
import { bold, dim, print, printJson } from '../terminal.ts';
import { watchJobs } from '../watch-jobs.ts';
import { chooseWorkspace } from '../workspace-choice.ts';

export interface AskOptions {
  readonly url?: string;
  readonly workspace?: string;
  readonly json?: boolean;
  readonly mode: Mode;
}

export async function ask(question: string, options: AskOptions): Promise<number> {
  return withClient({ url: options.url, sample: true, stoppable: false }, async (client) => {
    const workspace = await chooseWorkspace(client, options.workspace);
    // A first question to a fresh home: its documents are still on their way in.
    const open = await client.openJobs(workspace.id);
    await watchJobs(client, open, { quiet: options.json ?? false });
    if (options.json) {
      printJson(await client.answer(workspace.id, question, options.mode));
      return 0;
    }
    return stream(client, workspace.id, question, options.mode);
  });
}

async function stream(
  client: RestClient,
  workspaceId: string,
  question: string,
  mode: Mode,
): Promise<number> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  let shown = '';
  let final: Answer | undefined;
  for await (const event of client.streamAnswer(workspaceId, question, mode, stop.signal)) {
    if (event.type === 'answer.text.delta') {
      shown += event.delta;
      process.stdout.write(bold(event.delta));
    }
    if (event.type === 'answer.failed') throw new CliError(event.error.detail, event.error.fix);
    if ('answer' in event) final = event.answer;
  }
  if (!final) throw new CliError('The answer ended early', 'Ask again.');
  if (shown && final.kind === 'generated') print();
  else if (shown) print(dim(' … (withdrawn)'));
  if (shown && final.kind === 'generated') printEvidence(final);
  else printAnswer(final);
  return 0;
}
