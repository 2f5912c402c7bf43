/**
 * A Llama-family decoder in plain loops and float64, for tests only: one row at a time, attention over
 * every position that the row may see. Reads the checkpoint's tensors, knows nothing of the engine's graphs.
 */
import { openCheckpointFolder } from '../../../engine/checkpoint/folder.ts';
import { openTensors } from '../../../engine/checkpoint/tensors.ts';
import type { DecoderConfig, SequenceKv } from '../../../engine/types.ts';
import { fixture } from './fixtures.ts';

type Tensor = { readonly data: Float32Array; readonly rows: number; readonly columns: number };

export class ReferenceDecoder {
  readonly #tensors = new Map<string, Tensor>();
  readonly #config: DecoderConfig;

  constructor(name: string, config: DecoderConfig) {
    this.#config = config;
    const tensors = openTensors(openCheckpointFolder(fixture(name)));
    for (const tensor of tensors.names) {
      const rows = tensors.shape(tensor)[0]!;
      const whole = tensors.readRows(tensor, 0, rows);
      this.#tensors.set(tensor, { data: whole, rows, columns: whole.length / rows });
    }
    tensors.close();
  }

  /** Logits of rows at `positions`; their keys and values replace those in `sequence`, in every layer. */
  step(
    sequence: SequenceKv,
    tokens: readonly number[],
    positions: readonly number[],
  ): Float32Array[] {
    const { layers, hiddenSize } = this.#config;
    const embedding = this.#get('model.embed_tokens.weight');
    const x = tokens.map((token) => [
      ...embedding.data.subarray(token * hiddenSize, (token + 1) * hiddenSize),
    ]);
    for (let layer = 0; layer < layers; layer++) this.#layer(sequence, layer, x, positions);
    const head = this.#tensors.has('lm_head.weight') ? 'lm_head' : 'model.embed_tokens';
    return x.map((row) => Float32Array.from(this.#linear(head, this.#norm('model.norm', row))));
  }

  #layer(sequence: SequenceKv, layer: number, x: number[][], positions: readonly number[]): void {
    const { heads, kvHeads, headDim } = this.#config;
    const name = `model.layers.${layer}`;
    const queries = x.map((row, i) => {
      const normed = this.#norm(`${name}.input_layernorm`, row);
      const k = this.#linear(`${name}.self_attn.k_proj`, normed);
      const v = this.#linear(`${name}.self_attn.v_proj`, normed);
      for (let head = 0; head < kvHeads; head++) {
        const at = (head * sequence.capacity + positions[i]!) * headDim;
        sequence.keys[layer]!.set(
          this.#rope(k.slice(head * headDim, (head + 1) * headDim), positions[i]!),
          at,
        );
        sequence.values[layer]!.set(v.slice(head * headDim, (head + 1) * headDim), at);
      }
      return this.#linear(`${name}.self_attn.q_proj`, normed);
    });
    x.forEach((row, i) => {
      const attended: number[] = [];
      for (let head = 0; head < heads; head++) {
        const q = this.#rope(
          queries[i]!.slice(head * headDim, (head + 1) * headDim),
          positions[i]!,
        );
        attended.push(
          ...this.#attend(sequence, layer, Math.floor(head / (heads / kvHeads)), q, positions[i]!),
        );
      }
      addTo(row, this.#linear(`${name}.self_attn.o_proj`, attended));
      const normed = this.#norm(`${name}.post_attention_layernorm`, row);
      const gate = this.#linear(`${name}.mlp.gate_proj`, normed);
      const up = this.#linear(`${name}.mlp.up_proj`, normed);
      const inner = gate.map((value, j) => (value / (1 + Math.exp(-value))) * up[j]!);
      addTo(row, this.#linear(`${name}.mlp.down_proj`, inner));
    });
  }

  #attend(
    sequence: SequenceKv,
    layer: number,
    head: number,
    q: number[],
    position: number,
  ): number[] {
    const { headDim } = this.#config;
    const rowAt = (data: Float32Array, p: number) => {
      const at = (head * sequence.capacity + p) * headDim;
      return data.subarray(at, at + headDim);
    };
    const scores = Array.from({ length: position + 1 }, (_, p) => {
      const key = rowAt(sequence.keys[layer]!, p);
      return q.reduce((sum, value, i) => sum + value * key[i]!, 0) / Math.sqrt(headDim);
    });
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const out = new Array<number>(headDim).fill(0);
    weights.forEach((weight, p) => {
      const value = rowAt(sequence.values[layer]!, p);
      for (let i = 0; i < headDim; i++) out[i]! += (weight / total) * value[i]!;
    });
    return out;
  }

  #rope(vector: number[], position: number): number[] {
    const half = vector.length / 2;
    return vector.map((value, i) => {
      const angle = position * this.#config.ropeTheta ** (-(i % half) / half);
      const other = i < half ? -vector[i + half]! : vector[i - half]!;
      return value * Math.cos(angle) + other * Math.sin(angle);
    });
  }

  #norm(module: string, row: number[]): number[] {
    const weight = this.#get(`${module}.weight`).data;
    const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    const scale = 1 / Math.sqrt(square + this.#config.rmsNormEps);
    return row.map((value, i) => value * scale * weight[i]!);
  }

  #linear(module: string, row: number[]): number[] {
    const { data, rows, columns } = this.#get(`${module}.weight`);
    const bias = this.#tensors.get(`${module}.bias`)?.data;
    return Array.from({ length: rows }, (_, r) => {
      let sum = bias?.[r] ?? 0;
      for (let c = 0; c < columns; c++) sum += data[r * columns + c]! * row[c]!;
      return sum;
    });
  }

  #get(name: string): Tensor {
    const tensor = this.#tensors.get(name);
    if (!tensor) throw new Error(`no tensor ${name}`);
    return tensor;
  }
}

function addTo(row: number[], more: readonly number[]): void {
  for (let i = 0; i < row.length; i++) row[i]! += more[i]!;
}
