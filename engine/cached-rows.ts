/** Cached rows come in and are looked at: halves put in place, and the attention that a question pays them. */
import { attentionMassGraph, halvesGraph } from './onnx/cached-rows-graphs.ts';
import type { Graph } from './onnx/graph.ts';
import type { RopeTable } from './rope.ts';
import {
  float16,
  float32,
  int64,
  openSessionFromBytes,
  type Session,
  type SessionSettings,
  type TensorView,
} from './session.ts';
import type { DecoderConfig, HalfRows, SequenceKv } from './types.ts';

export class CachedRows {
  readonly #config: DecoderConfig;
  readonly #mass: Session;
  /** By the pairs that turn. */
  readonly #halves: ReadonlyMap<number, Session>;
  #rowIndex = new BigInt64Array(0);

  constructor(config: DecoderConfig, settings: SessionSettings) {
    this.#config = config;
    const open = (name: string, graph: Graph): Session =>
      openSessionFromBytes(graph.encode(name), settings);
    const layers = config.attention.map(({ rope }) =>
      rope === undefined ? 0 : config.ropes[rope]!.frequencies.length,
    );
    this.#mass = open('attention mass', attentionMassGraph(config));
    this.#halves = new Map(
      [...new Set(layers)].map((half) => [half, open('halves', halvesGraph(config, half))]),
    );
  }

  /** @param rope how keys of this layer turn; undefined if they do not */
  place(sequence: SequenceKv, layer: number, rope: RopeTable | undefined, rows: HalfRows): void {
    const { kvHeads, headDim } = this.#config;
    const { position, count } = rows;
    const dims = [count, headDim];
    const inputs: Record<string, TensorView> = rope ? this.#turns(rope, position, count) : {};
    const outputs: Record<string, TensorView> = {};
    for (let head = 0; head < kvHeads; head++) {
      const [from, end] = [head * count * headDim, (head + 1) * count * headDim];
      const to = (head * sequence.capacity + position) * headDim;
      const target = (data: Float32Array): TensorView =>
        float32(data.subarray(to, to + count * headDim), dims);
      inputs[`k${head}`] = float16(rows.keys.subarray(from, end), dims);
      inputs[`v${head}`] = float16(rows.values.subarray(from, end), dims);
      outputs[`keys${head}`] = target(sequence.keys[layer]!);
      outputs[`values${head}`] = target(sequence.values[layer]!);
    }
    this.#halves.get(rope?.half ?? 0)!.run(inputs, outputs);
  }

  /** @param q [rows, heads * headDim] after RoPE */
  attentionMass(sequence: SequenceKv, layer: number, q: Float32Array, span: number): Float32Array {
    const { heads, kvHeads, headDim } = this.#config;
    const inputs: Record<string, TensorView> = {
      q: float32(q, [q.length / (heads * headDim), heads * headDim]),
    };
    for (let head = 0; head < kvHeads; head++) {
      const from = head * sequence.capacity * headDim;
      const keys = sequence.keys[layer]!.subarray(from, from + span * headDim);
      inputs[`k${head}`] = float32(keys, [span, headDim]);
    }
    const mass = new Float32Array(span);
    this.#mass.run(inputs, { mass: float32(mass, [span]) });
    return mass;
  }

  close(): void {
    this.#mass.close();
    for (const session of this.#halves.values()) session.close();
  }

  #turns(rope: RopeTable, position: number, count: number): Record<string, TensorView> {
    const { half } = rope;
    const rows = (data: Float32Array): TensorView =>
      float32(data.subarray(position * half, (position + count) * half), [count, half]);
    if (this.#rowIndex.length < count) {
      this.#rowIndex = BigInt64Array.from({ length: count }, (_, i) => BigInt(i));
    }
    const index = this.#rowIndex.subarray(0, count);
    return { row_index: int64(index, [1, count]), cos: rows(rope.cos), sin: rows(rope.sin) };
  }
}
