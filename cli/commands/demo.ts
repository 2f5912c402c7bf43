/**
 * `graphblend demo`: the sample documents into a temporary home, five questions answered with a full prefill
 * and blended, side by side. Succeeds only if every answer cites a right document and blending is sooner.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  createSampleWorkspace,
  readConfig,
  readSampleQuestions,
  startServer,
  submitSample,
  type Answer,
  type Mode,
  type SampleQuestion,
} from '../../api/index.ts';
import { printAnswer } from '../render-answer.ts';
import { RestClient } from '../rest-client.ts';
import { bold, dim, green, milliseconds, print, printJson, red, table } from '../terminal.ts';
import { watchJobs } from '../watch-jobs.ts';

interface Compared {
  readonly question: SampleQuestion;
  readonly full: Answer;
  readonly blended: Answer;
  readonly citesRight: boolean;
  readonly sameCitations: boolean;
}

/** Questions asked; two kinds in turn. */
const QUESTIONS = 5;
/** Each way of answering is measured this often, in turn; the median counts. */
const REPEATS = 5;

export async function demo(options: { json?: boolean }): Promise<number> {
  const home = await mkdtemp(join(tmpdir(), 'graphblend-demo-'));
  const quiet = options.json ?? false;
  const server = await startServer(
    readConfig(process.env, {
      home,
      host: '127.0.0.1',
      port: 0,
      apiKey: undefined,
      redisUrl: undefined,
      sample: false,
      // A question asked again would go on from the rows of its last full read, and there would be nothing to compare.
      kvPromptBytes: 0,
    }),
  );
  try {
    const client = new RestClient(server.url, undefined);
    const workspaceId = await ingestSample(client, server, quiet);
    const results: Compared[] = [];
    for (const question of chosenQuestions()) {
      const result = await compare(client, workspaceId, question, server.platform.stores.corpus);
      results.push(result);
      if (!quiet) show(result);
    }
    return report(results, quiet);
  } finally {
    await server.close();
    await rm(home, { recursive: true, force: true });
  }
}

type Server = Awaited<ReturnType<typeof startServer>>;

async function ingestSample(client: RestClient, server: Server, quiet: boolean): Promise<string> {
  const started = performance.now();
  const workspace = await createSampleWorkspace(server.platform.stores.corpus);
  await submitSample(workspace, server.platform.ingest);
  const ended = await watchJobs(client, await client.openJobs(workspace.id), { quiet });
  const failed = ended.filter((job) => job.state !== 'succeeded');
  if (failed.length > 0) {
    throw new Error(
      `sample documents failed: ${failed.map((job) => `${job.document_name}: ${job.error?.message}`).join('; ')}`,
    );
  }
  if (!quiet)
    print(`${ended.length} documents ingested in ${milliseconds(performance.now() - started)}\n`);
  return workspace.id;
}

function chosenQuestions(): SampleQuestion[] {
  const all = readSampleQuestions();
  const linked = all.filter((each) => each.hops > 1).slice(0, Math.ceil(QUESTIONS / 2));
  const plain = all.filter((each) => each.hops === 1).slice(0, Math.floor(QUESTIONS / 2));
  return [...linked, ...plain];
}

async function compare(
  client: RestClient,
  workspaceId: string,
  question: SampleQuestion,
  corpus: Server['platform']['stores']['corpus'],
): Promise<Compared> {
  const runs: Record<'exact' | 'balanced', Answer[]> = { exact: [], balanced: [] };
  for (let i = 0; i < REPEATS; i++) {
    for (const mode of ['exact', 'balanced'] as const) {
      runs[mode].push(await client.answer(workspaceId, question.question, mode satisfies Mode));
    }
  }
  const full = medianRun(runs.exact);
  const blended = medianRun(runs.balanced);
  const nameOf = (id: string): string => corpus.document(workspaceId, id)?.name ?? '';
  const right = (answer: Answer): boolean =>
    answer.citations.some(({ document_id: id }) => question.documents.includes(nameOf(id)));
  return {
    question,
    full,
    blended,
    citesRight: right(full) && right(blended),
    sameCitations: citedPlaces(full) === citedPlaces(blended),
  };
}

function medianRun(answers: readonly Answer[]): Answer {
  return answers.toSorted((a, b) => firstToken(a) - firstToken(b))[answers.length >> 1]!;
}

/** From the question to the first token, embedding and retrieval included. */
function firstToken(answer: Answer): number {
  return answer.timings_ms?.first_token ?? Number.POSITIVE_INFINITY;
}

function citedPlaces(answer: Answer): string {
  return JSON.stringify(answer.citations.map(({ document_id, span }) => [document_id, span]));
}

function show({ question, blended }: Compared): void {
  print(
    bold(
      `${question.question} ${dim(`(${question.hops} ${question.hops === 1 ? 'hop' : 'hops'})`)}`,
    ),
  );
  printAnswer(blended);
  print();
}

function report(results: readonly Compared[], json: boolean): number {
  const sooner = results.every(({ full, blended }) => firstToken(blended) < firstToken(full));
  const cited = results.every((result) => result.citesRight);
  const same = results.every((result) => result.sameCitations);
  const ok = sooner && cited && same;
  if (json) {
    printJson({ ok, results });
    return ok ? 0 : 1;
  }
  print(
    table([
      [
        'question',
        'full TTFT',
        'blended TTFT',
        'sooner',
        'cites right',
        'same citations',
        'answer',
      ],
      ...results.map(({ question, full, blended, citesRight, sameCitations }) => [
        question.id,
        milliseconds(firstToken(full)),
        milliseconds(firstToken(blended)),
        `${(firstToken(full) / firstToken(blended)).toFixed(2)}x`,
        citesRight ? 'yes' : 'NO',
        sameCitations ? 'yes' : 'NO',
        `${blended.kind}: ${holdsAnswer(question, blended) ? 'right' : 'wrong'}`,
      ]),
    ]),
  );
  print();
  print(
    ok
      ? green('Every answer cites a right document, and blending is sooner each time.')
      : red(failure({ sooner, cited, same })),
  );
  return ok ? 0 : 1;
}

function holdsAnswer(question: SampleQuestion, answer: Answer): boolean {
  return question.answers.some((each) => answer.text.toLowerCase().includes(each.toLowerCase()));
}

function failure(held: { sooner: boolean; cited: boolean; same: boolean }): string {
  const missed = [
    held.cited ? '' : 'an answer cites no right document',
    held.sooner ? '' : 'a blended answer was not sooner',
    held.same ? '' : 'citations differ between full and blended',
  ];
  return `Not reached: ${missed.filter(Boolean).join('; ')}.`;
}
