/**
 * The engine at the shape of Qwen2.5-0.5B with random weights: prefill, decode alone and together, packed chunks, load,
 * memory; as ratios of what this machine can do at most and of llama.cpp (Q8_0, flash attention), both in the same run.
 *
 *   npm run bench -- engine/speed [--weights int8-row] [--threads 2] [--tokens 512,2048,4096] [--contexts 64,4096]
 *     [--repeats 3] [--rows] [--llama FOLDER] [--json FILE]
 *
 * --rows keeps all layers of int8-row in rows: by default the checkpoint's random weights put a few down projections in blocks, which read
 * prompts at three quarters of the speed.
 *
 * FOLDER has node-llama-cpp in its node_modules (`npm i node-llama-cpp --omit=optional`); without it llama.cpp is left out.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { modelProcessEnvironment } from '../../engine/index.ts';
import { writeRandomGguf } from '../blend/random-gguf.ts';
import { reportOrigin } from '../report.ts';
import { measureCeilings } from './ceilings.ts';
import type { Ended } from './cancelled-requests.ts';
import { startChild, type Child } from './child-calls.ts';
import { compiledBytes, layersInBlocks, measureParts } from './parts.ts';
import { qwen05b, writeRandomCheckpoint } from './random-checkpoint.ts';

const seed = 1;
const DECODED = 32;
const PACKED = { chunks: 64, tokens: 256 };

interface Line {
  readonly what: string;
  readonly ours: number;
  readonly unit: string;
  readonly llama?: number;
  /** How many times as good as llama.cpp, or a share of something else that `what` names. */
  readonly ratio?: number;
}

interface Loaded {
  readonly ms: number;
  readonly rssBytes: number;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      weights: { type: 'string', default: 'int8-row' },
      threads: { type: 'string', default: '2' },
      tokens: { type: 'string', default: '512,2048,4096' },
      contexts: { type: 'string', default: '64,4096' },
      repeats: { type: 'string', default: '3' },
      rows: { type: 'boolean', default: false },
      llama: { type: 'string', default: process.env['GRAPHBLEND_BENCH_LLAMA'] ?? '' },
      json: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-bench-'));
  try {
    const lines = await measure(folder, {
      ...values,
      threads: Number(values.threads),
      lengths: values.tokens.split(',').map(Number),
      contexts: values.contexts.split(',').map(Number),
      repeats: Number(values.repeats),
    });
    console.table(lines);
    const report = { ...reportOrigin(seed), options: values, lines };
    if (values.json) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Options {
  readonly weights: string;
  readonly threads: number;
  readonly lengths: readonly number[];
  /** Tokens in front of those that are decoded. */
  readonly contexts: readonly number[];
  readonly repeats: number;
  readonly llama: string;
  /** All layers in rows: blocks are not looked for. */
  readonly rows: boolean;
}

async function measure(folder: string, options: Options): Promise<Line[]> {
  const checkpoint = join(folder, 'checkpoint');
  const cache = join(folder, 'cache');
  writeRandomCheckpoint(checkpoint, qwen05b, seed);
  const startOurs = (): Child =>
    startChild(
      new URL('engine-child.ts', import.meta.url),
      [
        checkpoint,
        cache,
        options.weights,
        `${options.threads}`,
        options.rows ? 'rows' : 'as needed',
      ],
      modelProcessEnvironment,
    );
  const compiling = startOurs();
  const compiled = await compiling.call<Loaded>('load');
  compiling.end();
  const lines: Line[] = [{ what: 'compile and load', ours: round(compiled.ms), unit: 'ms' }];
  if (options.weights === 'int8-row') lines.push(...partLines(checkpoint, cache, options));
  const ours = startOurs();
  const llama = startLlama(folder, options);
  try {
    lines.push(...(await loadLines(ours, llama, cache)));
    lines.push(...(await speedLines({ ours, llama }, options)));
    lines.push(...(await servingLines(ours)));
    lines.push(...(await cancelLines(ours)));
  } finally {
    ours.end();
    llama?.end();
  }
  return lines;
}

function startLlama(folder: string, { llama, threads }: Options): Child | undefined {
  if (!existsSync(join(llama, 'node_modules', 'node-llama-cpp'))) {
    console.log('llama.cpp is left out: --llama names no folder that has node-llama-cpp');
    return undefined;
  }
  const model = join(folder, 'q8_0.gguf');
  writeRandomGguf(model, qwen05b);
  return startChild(new URL('llama-child.ts', import.meta.url), [llama, model, `${threads}`], {});
}

function partLines(checkpoint: string, cache: string, { threads, rows }: Options): Line[] {
  const ceilings = measureCeilings(qwen05b, threads);
  const parts = measureParts(checkpoint, cache, qwen05b, {
    threads,
    context: 4096,
    calibrate: !rows,
  });
  const share = (what: string, value: number, of: number, unit: string): Line => ({
    what,
    ours: round(value),
    unit,
    ratio: hundredths(value / of),
  });
  return [
    { what: 'ceiling: int8 products', ours: round(ceilings.int8Gops), unit: 'GOP/s' },
    { what: 'ceiling: fp32 products', ours: round(ceilings.fp32Gflops), unit: 'GFLOP/s' },
    { what: 'ceiling: reading memory', ours: round(ceilings.readGbs), unit: 'GB/s' },
    share('linear piece, share of int8 ceiling', parts.linearGops, ceilings.int8Gops, 'GOP/s'),
    { what: 'linear layers in blocks', ours: layersInBlocks(cache), unit: 'layers' },
    { what: 'attention of 256 rows at 4096', ours: round(parts.attentionMs), unit: 'ms' },
  ];
}

async function loadLines(ours: Child, llama: Child | undefined, cache: string): Promise<Line[]> {
  const loaded = await ours.call<Loaded>('load');
  const theirs = await llama?.call<Loaded>('load');
  const weights = compiledBytes(cache);
  return [
    {
      what: 'load, compiled before',
      ours: round(loaded.ms),
      unit: 'ms',
      ...(theirs && { llama: round(theirs.ms) }),
    },
    {
      what: 'resident after load, of the weights',
      ours: round(loaded.rssBytes / 1e6),
      unit: 'MB',
      ...(theirs && { llama: round(theirs.rssBytes / 1e6) }),
      ratio: hundredths(loaded.rssBytes / weights),
    },
  ];
}

interface Rivals {
  readonly ours: Child;
  readonly llama: Child | undefined;
}

async function speedLines(
  { ours, llama }: Rivals,
  { lengths, contexts, repeats }: Options,
): Promise<Line[]> {
  const lines: Line[] = [];
  for (const each of [ours, llama]) await each?.call('prefill', { tokens: 64 });
  const plain = new Map<number, number>();
  for (const tokens of lengths) {
    const times = await inTurns({ ours, llama }, repeats, (child) =>
      child.call<number>('prefill', { tokens }),
    );
    plain.set(tokens, times.ours);
    lines.push(timeLine(`prefill ${tokens}`, times));
  }
  for (const context of contexts) {
    const times = await inTurns({ ours, llama }, repeats, async (child) =>
      median(await child.call<number[]>('decode', { context, batch: 1, tokens: DECODED })),
    );
    lines.push(timeLine(`decode at ${context}, a token`, times));
    for (const batch of [4, 8]) {
      const ms = median(await ours.call<number[]>('decode', { context, batch, tokens: DECODED }));
      lines.push({
        what: `decode at ${context}, ${batch} together: tokens/s against one`,
        ours: round((batch / ms) * 1000),
        unit: 'tokens/s',
        ratio: hundredths((batch * times.ours) / ms),
      });
    }
  }
  lines.push(await packedLine(ours, plain.get(2048)));
  return lines;
}

async function packedLine(ours: Child, plainMs: number | undefined): Promise<Line> {
  const ms = await ours.call<number>('packed', PACKED);
  const perToken = ms / (PACKED.chunks * PACKED.tokens);
  return {
    what: `${PACKED.chunks} chunks of ${PACKED.tokens}, packed: tokens/s against prefill 2048`,
    ours: round(1000 / perToken),
    unit: 'tokens/s',
    ...(plainMs && { ratio: hundredths(plainMs / 2048 / perToken) }),
  };
}

/** How late this process's event loop is while the other one reads a long prompt. */
async function servingLines(ours: Child): Promise<Line[]> {
  const lag = monitorEventLoopDelay({ resolution: 5 });
  lag.enable();
  const ms = await ours.call<number>('served', { tokens: 4096 });
  lag.disable();
  const rss = await ours.call<number>('rss');
  return [
    { what: 'prefill 4096 through the scheduler', ours: round(ms), unit: 'ms' },
    {
      what: 'event loop of the caller meanwhile, p99 late',
      ours: round(lag.percentile(99) / 1e6 - 5),
      unit: 'ms',
    },
    { what: 'resident in the end', ours: round(rss / 1e6), unit: 'MB' },
  ];
}

const REQUESTS = 200;

/** What requests that are given up leave behind: after the first round all pools are filled. */
async function cancelLines(ours: Child): Promise<Line[]> {
  const run = () => ours.call<Ended & { rssBytes: number }>('cancels', { requests: REQUESTS });
  const first = await run();
  const second = await run();
  const most = Math.max(first.stepsAfter, second.stepsAfter);
  const count = `${first.done + second.done} done, ${first.cancelled + second.cancelled} cancelled, ${first.refused + second.refused} refused`;
  return [
    {
      what: `resident after 2 x ${REQUESTS} requests (${count}), of that after the first round`,
      ours: round(second.rssBytes / 1e6),
      unit: 'MB',
      ratio: hundredths(second.rssBytes / first.rssBytes),
    },
    { what: 'memory of sequences still held then', ours: second.heldBytes, unit: 'bytes' },
    { what: 'most tokens made after a cancel', ours: most, unit: 'tokens' },
  ];
}

/** Medians; both take turns, so that what else the machine does falls on both. */
async function inTurns(
  { ours, llama }: Rivals,
  repeats: number,
  run: (child: Child) => Promise<number>,
): Promise<{ ours: number; llama: number | undefined }> {
  const times: { ours: number[]; llama: number[] } = { ours: [], llama: [] };
  for (let i = 0; i < repeats; i++) {
    times.ours.push(await run(ours));
    if (llama) times.llama.push(await run(llama));
  }
  return { ours: median(times.ours), llama: llama && median(times.llama) };
}

function timeLine(
  what: string,
  { ours, llama }: { ours: number; llama: number | undefined },
): Line {
  return {
    what,
    ours: round(ours),
    unit: 'ms',
    ...(llama !== undefined && { llama: round(llama), ratio: hundredths(llama / ours) }),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function hundredths(value: number): number {
  return Math.round(value * 100) / 100;
}

await main();
