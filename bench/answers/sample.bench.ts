/**
 * Answers to the sample's questions, per mode: how many hold the expected answer, cite the evidence, abstain
 * where nothing is said, and how soon the first token comes.
 *
 *   npm run bench -- answers [--reader FOLDER] [--embedder FOLDER] [--show] [--json FILE]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import {
  createSampleWorkspace,
  readConfig,
  readSampleQuestions,
  startServer,
  submitSample,
  type Answer,
  type RunningServer,
  type SampleQuestion,
} from '../../api/index.ts';
import { reportOrigin } from '../report.ts';

interface Judged {
  readonly id: string;
  readonly answer: Answer;
  readonly right: boolean;
  readonly citesOne: boolean;
  readonly citesAll: boolean;
}

const MODES = ['exact', 'balanced', 'fast'] as const;

const { values } = parseArgs({
  options: {
    reader: { type: 'string' },
    embedder: { type: 'string' },
    show: { type: 'boolean', default: false },
    json: { type: 'string' },
  },
});
const home = mkdtempSync(join(tmpdir(), 'graphblend-answers-'));
const server = await startServer(
  readConfig({
    GRAPHBLEND_HOME: home,
    GRAPHBLEND_SAMPLE: '0',
    GRAPHBLEND_READER: values.reader,
    GRAPHBLEND_EMBEDDER: values.embedder,
    PORT: '0',
    GRAPHBLEND_KV_PROMPTS_MIB: '0',
  }),
  pino({ level: 'silent' }),
);
try {
  await run(server);
} finally {
  await server.close();
  rmSync(home, { recursive: true, force: true });
}

async function run({ platform, url }: RunningServer): Promise<void> {
  const { corpus } = platform.stores;
  const workspace = await createSampleWorkspace(corpus);
  await submitSample(workspace, platform.ingest);
  while (corpus.unfinishedJobs().length > 0)
    await new Promise((resolve) => setTimeout(resolve, 200));
  const nameOf = (id: string): string => corpus.document(workspace.id, id)?.name ?? '';
  const questions = readSampleQuestions();
  const unanswerable = readSampleQuestions('unanswerable.json');
  const results: object[] = [];
  for (const mode of MODES) {
    const judged: Judged[] = [];
    for (const question of questions) {
      judged.push(judge(question, await ask(url, workspace.id, question.question, mode), nameOf));
    }
    const declined: Answer[] = [];
    for (const { question } of unanswerable)
      declined.push(await ask(url, workspace.id, question, mode));
    results.push(summary(mode, judged, declined));
    if (values.show && mode === 'balanced') judged.forEach(show);
  }
  console.table(results);
  if (values.json) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ ...reportOrigin(0), results }, undefined, 2)}\n`,
    );
  }
}

async function ask(
  url: string,
  workspaceId: string,
  question: string,
  mode: string,
): Promise<Answer> {
  const response = await fetch(`${url}/v1/workspaces/${workspaceId}/answers`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ question, mode }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Answer;
}

function judge(question: SampleQuestion, answer: Answer, nameOf: (id: string) => string): Judged {
  const cited = new Set(answer.citations.map((citation) => nameOf(citation.document_id)));
  const text = answer.text.toLowerCase();
  return {
    id: question.id,
    answer,
    right: question.answers.some((expected) => text.includes(expected.toLowerCase())),
    citesOne: question.documents.some((name) => cited.has(name)),
    citesAll: question.documents.every((name) => cited.has(name)),
  };
}

function summary(mode: string, judged: readonly Judged[], declined: readonly Answer[]): object {
  const count = (test: (each: Judged) => boolean): string =>
    `${judged.filter(test).length}/${judged.length}`;
  const times = judged
    .map(({ answer }) => answer.timings_ms?.first_token ?? 0)
    .toSorted((a, b) => a - b);
  return {
    mode,
    'holds the answer': count((each) => each.right),
    'cites a right document': count((each) => each.citesOne),
    'cites all': count((each) => each.citesAll),
    generated: count((each) => each.answer.kind === 'generated'),
    'generated and right': count((each) => each.answer.kind === 'generated' && each.right),
    'declines what is not said': `${declined.filter((each) => each.kind === 'none').length}/${declined.length}`,
    'median first token, ms': Math.round(times[times.length >> 1] ?? 0),
  };
}

function show({ id, answer, right }: Judged): void {
  console.log(`${right ? 'right' : 'WRONG'} ${id} [${answer.kind}] ${answer.question}`);
  console.log(`      ${answer.text.slice(0, 200)}`);
  console.log(`      reader: ${answer.reader_text.slice(0, 80)} (${answer.confidence.toFixed(2)})`);
}
