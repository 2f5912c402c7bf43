/**
 * Prefill and decode speed of the decoder at the shape of Qwen2.5-0.5B with random weights.
 *
 *   tsx bench/engine/prefill.bench.ts [--weights int8-row,fp32] [--tokens 512,2048] [--threads 2] [--json FILE]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DecoderRunner, loadDecoder, type WeightKind } from '../../engine/index.ts';
import { qwen05b, writeRandomCheckpoint } from './random-checkpoint.ts';

const seed = 1;
/** Rows per step, as a scheduler would cut a long prompt. */
const chunkRows = 512;

interface Measurement {
  readonly weights: WeightKind;
  readonly what: string;
  readonly ms: number;
  readonly tokensPerSecond: number;
}

function main(): void {
  const { values } = parseArgs({
    allowPositionals: true,
    options: {
      weights: { type: 'string', default: 'int8-row,fp32' },
      tokens: { type: 'string', default: '512,2048' },
      threads: { type: 'string', default: '2' },
      json: { type: 'string' },
    },
  });
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-bench-'));
  try {
    writeRandomCheckpoint(join(folder, 'checkpoint'), qwen05b, seed);
    const results = values.weights.split(',').flatMap((weights) => {
      const kind = weights as WeightKind;
      return measureKind(
        folder,
        kind,
        values.tokens.split(',').map(Number),
        Number(values.threads),
      );
    });
    console.table(results);
    const report = {
      machine: `${cpus()[0]?.model} x ${cpus().length}`,
      commit: commit(),
      seed,
      results,
    };
    if (values.json) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function measureKind(
  folder: string,
  weights: WeightKind,
  lengths: number[],
  threads: number,
): Measurement[] {
  const load = () => {
    const options = {
      folder: join(folder, 'checkpoint'),
      cacheDir: join(folder, 'cache'),
      weights,
      threads,
    };
    return loadDecoder(options);
  };
  const results: Measurement[] = [];
  const add = (what: string, ms: number, tokens: number) => {
    results.push({
      weights,
      what,
      ms: Math.round(ms * 10) / 10,
      tokensPerSecond: Math.round((tokens / ms) * 1000),
    });
  };
  const compiled = timed(load);
  compiled.result.close();
  add('compile and load', compiled.ms, 0);
  const warm = timed(load);
  add('load', warm.ms, 0);
  prefill(warm.result, 64);
  for (const length of lengths) {
    const ms = Math.min(
      timed(() => prefill(warm.result, length)).ms,
      timed(() => prefill(warm.result, length)).ms,
    );
    add(`prefill ${length}`, ms, length);
  }
  for (const length of lengths) add(`decode at ${length}`, decode(warm.result, length), 1);
  add('resident MB', process.memoryUsage().rss / 1e6, 0);
  warm.result.close();
  return results;
}

function prefill(runner: DecoderRunner, length: number): void {
  const sequence = runner.newSequence(length);
  for (let start = 0; start < length; start += chunkRows) {
    const rows = Math.min(chunkRows, length - start);
    const logits = start + rows === length ? 'last' : 'none';
    runner.step([
      { sequence, tokens: someTokens(rows, start), positions: from(start, rows), logits },
    ]);
  }
  sequence.release();
}

/** Median milliseconds of one token after `length` tokens of context (whose values do not matter). */
function decode(runner: DecoderRunner, length: number): number {
  const sequence = runner.newSequence(length + 32);
  for (const rows of [...sequence.keys, ...sequence.values]) rows.fill(0.1);
  const times = Array.from({ length: 32 }, (_, i) => {
    const step = [
      {
        sequence,
        tokens: someTokens(1, i),
        positions: from(length + i, 1),
        logits: 'last' as const,
      },
    ];
    return timed(() => runner.step(step)).ms;
  });
  sequence.release();
  return times.sort((a, b) => a - b)[16]!;
}

function someTokens(count: number, salt: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => ((i + salt) * 7919) % qwen05b.vocabSize);
}

function from(start: number, count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => start + i);
}

function timed<T>(run: () => T): { readonly result: T; readonly ms: number } {
  const start = performance.now();
  const result = run();
  return { result, ms: performance.now() - start };
}

function commit(): string {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { encoding: 'utf8', stdio: 'pipe' }).trim();
  } catch {
    return 'unknown';
  }
}

main();
