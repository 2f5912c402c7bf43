/** Parts of a step alone: the linear pieces of a layer, and its attention. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Attention } from '../../engine/attention.ts';
import { loadDecoder, type DecoderConfig } from '../../engine/index.ts';
import { pieceNames } from '../../engine/onnx/decoder-graphs.ts';
import { weightFileName } from '../../engine/onnx/weight-file.ts';
import { float32, int64, openSession } from '../../engine/session.ts';
import { cutTiles } from '../../engine/tiles.ts';
import type { DecoderShape } from './random-checkpoint.ts';

export interface PartFigures {
  /** Billions of int8 operations a second of one layer's linear piece, elementwise work included. */
  readonly linearGops: number;
  /** One layer's attention of the last rows of a long prompt, ms. */
  readonly attentionMs: number;
}

const ROWS = 256;

export function measureParts(
  checkpoint: string,
  cacheDir: string,
  shape: DecoderShape,
  { threads, context, calibrate }: { threads: number; context: number; calibrate: boolean },
): PartFigures {
  const weights = 'int8-row';
  const runner = loadDecoder({ folder: checkpoint, cacheDir, weights, threads, calibrate });
  const { config } = runner;
  const compiled = compiledFolder(cacheDir);
  const settings = { threads, preciseInt8: false };
  const linearMs = measureLinear(join(compiled, `${pieceNames.mid(5)}.onnx`), config, settings);
  const attentionMs = measureAttention(
    new Attention(config, openSession(join(compiled, 'attention.onnx'), settings), settings),
    runner.newSequence(context),
    config,
    context,
  );
  runner.close();
  return { linearGops: operations(shape) / linearMs / 1e6, attentionMs };
}

function operations({ hiddenSize, heads, kvHeads, headDim, ffnSize }: DecoderShape): number {
  const attended = headDim * (2 * heads + 2 * kvHeads);
  return 2 * ROWS * hiddenSize * (attended + 3 * ffnSize);
}

type Settings = Parameters<typeof openSession>[1];

function measureLinear(file: string, config: DecoderConfig, settings: Settings): number {
  const { hiddenSize, heads, kvHeads, headDim } = config;
  const session = openSession(file, settings);
  const random = (width: number) => float32(noise(ROWS * width), [ROWS, width]);
  const empty = (width: number) => float32(new Float32Array(ROWS * width), [ROWS, width]);
  const half = config.ropes[0]!.frequencies.length;
  const inputs = {
    attended: random(heads * headDim),
    x: random(hiddenSize),
    cos: random(half),
    sin: random(half),
    row_index: int64(
      BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(i)),
      [1, ROWS],
    ),
  };
  const kvWidth = kvHeads * headDim;
  const outputs = {
    y: empty(hiddenSize),
    q: empty(heads * headDim),
    k: empty(kvWidth),
    v: empty(kvWidth),
  };
  const ms = best(() => session.run(inputs, outputs));
  session.close();
  return ms;
}

function measureAttention(
  attention: Attention,
  sequence: ReturnType<ReturnType<typeof loadDecoder>['newSequence']>,
  config: DecoderConfig,
  context: number,
): number {
  const { heads, headDim } = config;
  for (const data of [sequence.keys[0]!, sequence.values[0]!]) data.set(noise(data.length));
  const start = context - ROWS;
  const positions = Int32Array.from({ length: ROWS }, (_, i) => start + i);
  const q = noise(ROWS * heads * headDim);
  const attended = new Float32Array(q.length);
  const part = { index: 0, sequence, start: 0, end: ROWS, wantedStart: ROWS };
  const tiles = cutTiles(positions, 0, ROWS, new Int32Array(0));
  const ms = best(() => attention.attend(part, tiles, { q, attended }, 0));
  attention.close();
  return ms;
}

/** Bytes of the weights of the only compiled model in `cacheDir`. */
export function compiledBytes(cacheDir: string): number {
  return statSync(join(compiledFolder(cacheDir), weightFileName)).size;
}

/** Linear layers that calibration keeps in blocks. */
export function layersInBlocks(cacheDir: string): number {
  const manifest = readFileSync(join(compiledFolder(cacheDir), 'manifest.json'), 'utf8');
  const { notes } = JSON.parse(manifest.slice(manifest.indexOf('\n'))) as {
    notes: { blocks?: string[] };
  };
  return notes.blocks?.length ?? 0;
}

function compiledFolder(cacheDir: string): string {
  const folders = readdirSync(cacheDir).map((name) => join(cacheDir, name));
  const found = folders.find((folder) => existsSync(join(folder, weightFileName)));
  if (!found) throw new Error(`there is no compiled model in ${cacheDir}`);
  return found;
}

function noise(length: number): Float32Array {
  const values = new Float32Array(length);
  let state = 7;
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    values[i] = (state / 2 ** 32 - 0.5) * 2;
  }
  return values;
}

function best(run: () => void): number {
  let least = Infinity;
  for (let i = 0; i < 12; i++) {
    const start = performance.now();
    run();
    least = Math.min(least, performance.now() - start);
  }
  return least;
}
