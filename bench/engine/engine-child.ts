/** Our engine on a random checkpoint: `tsx engine-child.ts <checkpoint> <model cache> <weights> <threads> [rows]`, `rows`: without looking for layers that need blocks. */
import {
  loadDecoder,
  PRIORITY,
  Scheduler,
  type DecoderRunner,
  type SequenceKv,
  type WeightKind,
} from '../../engine/index.ts';
import { runRequests } from './cancelled-requests.ts';
import { answerCalls } from './child-calls.ts';

const [folder, cacheDir, weights, threads, form] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string?,
];
/** Rows of one step, as the scheduler cuts long prompts. */
const STEP_ROWS = 512;
/** Rows of a packed step, as at ingest. */
const PACKED_ROWS = 1024;

let runner: DecoderRunner;

answerCalls({
  load() {
    const ms = timed(() => {
      runner = loadDecoder({
        folder,
        cacheDir,
        weights: weights as WeightKind,
        threads: Number(threads),
        calibrate: form !== 'rows',
      });
    });
    return { ms, rssBytes: process.memoryUsage().rss };
  },
  prefill: ({ tokens }: { tokens: number }) => timed(() => prefill(tokens)),
  decode: ({ context, batch, tokens }: { context: number; batch: number; tokens: number }) =>
    decode(context, batch, tokens),
  packed: ({ chunks, tokens }: { chunks: number; tokens: number }) =>
    timed(() => packed(chunks, tokens)),
  served: ({ tokens }: { tokens: number }) => servedPrefill(tokens),
  cancels: async ({ requests }: { requests: number }) => ({
    ...(await runRequests(runner, requests, random)),
    rssBytes: process.memoryUsage().rss,
  }),
  rss: () => process.memoryUsage().rss,
});

let state = 1;
function random(): number {
  state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
  return state / 2 ** 32;
}

function timed(run: () => void): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

function prefill(length: number): void {
  const sequence = runner.newSequence(length);
  for (let start = 0; start < length; start += STEP_ROWS) {
    const rows = Math.min(STEP_ROWS, length - start);
    runner.step([rowsOf(sequence, start, rows, start + rows === length ? 'last' : 'none')]);
  }
  sequence.release();
}

/** Milliseconds of each step that makes a token for every sequence. What is in the context does not matter. */
function decode(context: number, batch: number, tokens: number): number[] {
  const sequences = Array.from({ length: batch }, () => runner.newSequence(context + tokens));
  for (const { keys, values } of sequences) for (const data of [...keys, ...values]) data.fill(0.1);
  const times = Array.from({ length: tokens }, (_, i) =>
    timed(() => runner.step(sequences.map((each) => rowsOf(each, context + i, 1, 'last')))),
  );
  for (const each of sequences) each.release();
  return times;
}

function packed(chunks: number, tokens: number): void {
  const perStep = Math.max(1, Math.floor(PACKED_ROWS / tokens));
  for (let done = 0; done < chunks; done += perStep) {
    const count = Math.min(perStep, chunks - done);
    const sequences = Array.from({ length: count }, () => runner.newSequence(tokens));
    runner.step(sequences.map((each) => rowsOf(each, 0, tokens, 'none')));
    for (const each of sequences) each.release();
  }
}

/** Through the scheduler, which lets messages in between layers. */
async function servedPrefill(tokens: number): Promise<number> {
  const scheduler = new Scheduler({ runner });
  const work = { priority: PRIORITY.answer };
  const sequence = await scheduler.newSequence(tokens, work);
  const start = performance.now();
  await scheduler.step([rowsOf(sequence, 0, tokens, 'last')], work);
  sequence.release();
  return performance.now() - start;
}

function rowsOf(sequence: SequenceKv, start: number, count: number, logits: 'none' | 'last') {
  const { vocabSize } = runner.config;
  return {
    sequence,
    tokens: Int32Array.from({ length: count }, (_, i) => ((start + i) * 7919) % vocabSize),
    positions: Int32Array.from({ length: count }, (_, i) => start + i),
    logits,
  };
}
