/**
 * A decoder in plain loops and float64, for tests only: one row at a time, attention over
 * every position that the row may see. Reads the checkpoint's tensors, knows nothing of the engine's graphs; what a
 * family has beyond Llama is told by the tensors that it has.
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
    const x = tokens.map((token) =>
      Array.from(
        embedding.data.subarray(token * hiddenSize, (token + 1) * hiddenSize),
        (value) => value * this.#config.embeddingScale,
      ),
    );
    for (let layer = 0; layer < layers; layer++) this.#layer(sequence, layer, x, positions);
    const head = this.#tensors.has('lm_head.weight') ? 'lm_head' : 'model.embed_tokens';
    return x.map((row) => {
      const logits = this.#linear(head, this.#norm('model.norm', row));
      return Float32Array.from(logits, (logit) => softCapped(logit, this.#config.logitSoftCap));
    });
  }

  #layer(sequence: SequenceKv, layer: number, x: number[][], positions: readonly number[]): void {
    const { heads, kvHeads } = this.#config;
    const name = `model.layers.${layer}`;
    const has = (module: string) => this.#tensors.has(`${name}.${module}.weight`);
    const isGemma = has('pre_feedforward_layernorm');
    const queries = x.map((row, i) => {
      const [q, k, v] = this.#qkv(`${name}.self_attn`, this.#norm(`${name}.input_layernorm`, row));
      this.#write(sequence.keys[layer]!, sequence, k, positions[i]!, layer);
      this.#write(sequence.values[layer]!, sequence, v, positions[i]!, undefined);
      return q;
    });
    x.forEach((row, i) => {
      const attended: number[] = [];
      for (let head = 0; head < heads; head++) {
        const q = this.#rope(queries[i]![head]!, positions[i]!, layer);
        attended.push(
          ...this.#attend(sequence, layer, Math.floor(head / (heads / kvHeads)), q, positions[i]!),
        );
      }
      const projected = this.#linear(`${name}.self_attn.o_proj`, attended);
      addTo(row, isGemma ? this.#norm(`${name}.post_attention_layernorm`, projected) : projected);
      const before = isGemma ? 'pre_feedforward_layernorm' : 'post_attention_layernorm';
      const down = this.#mlp(`${name}.mlp`, this.#norm(`${name}.${before}`, row));
      addTo(row, isGemma ? this.#norm(`${name}.post_feedforward_layernorm`, down) : down);
    });
  }

  /** Heads of queries, keys and values, normalised where the checkpoint has norms for them. */
  #qkv(name: string, x: number[]): [q: number[][], k: number[][], v: number[][]] {
    const { heads, kvHeads, headDim } = this.#config;
    const all = this.#tensors.has(`${name}.qkv_proj.weight`)
      ? this.#linear(`${name}.qkv_proj`, x)
      : ['q', 'k', 'v'].flatMap((part) => this.#linear(`${name}.${part}_proj`, x));
    const headsOf = (from: number, count: number, norm?: string) =>
      Array.from({ length: count }, (_, head) => {
        const vector = all.slice((from + head) * headDim, (from + head + 1) * headDim);
        const module = `${name}.${norm}`;
        return this.#tensors.has(`${module}.weight`) ? this.#norm(module, vector) : vector;
      });
    return [
      headsOf(0, heads, 'q_norm'),
      headsOf(heads, kvHeads, 'k_norm'),
      headsOf(heads + kvHeads, kvHeads),
    ];
  }

  /** Puts the heads of one row in place; keys are turned. */
  #write(
    into: Float32Array,
    { capacity }: SequenceKv,
    heads: readonly number[][],
    position: number,
    turnedBy: number | undefined,
  ): void {
    heads.forEach((vector, head) => {
      const placed = turnedBy === undefined ? vector : this.#rope(vector, position, turnedBy);
      into.set(placed, (head * capacity + position) * this.#config.headDim);
    });
  }

  #mlp(name: string, x: number[]): number[] {
    const isFused = this.#tensors.has(`${name}.gate_up_proj.weight`);
    const both = isFused
      ? this.#linear(`${name}.gate_up_proj`, x)
      : [...this.#linear(`${name}.gate_proj`, x), ...this.#linear(`${name}.up_proj`, x)];
    const half = both.length / 2;
    const act = this.#config.embeddingScale === 1 ? silu : geluTanh;
    return this.#linear(
      `${name}.down_proj`,
      both.slice(0, half).map((gate, i) => act(gate) * both[half + i]!),
    );
  }

  #attend(
    sequence: SequenceKv,
    layer: number,
    head: number,
    q: number[],
    position: number,
  ): number[] {
    const { headDim, attentionScale, attentionSoftCap } = this.#config;
    const { window = position + 1 } = this.#config.attention[layer]!;
    const first = Math.max(0, position - window + 1);
    const rowAt = (data: Float32Array, p: number) => {
      const at = (head * sequence.capacity + p) * headDim;
      return data.subarray(at, at + headDim);
    };
    const scores = Array.from({ length: position + 1 - first }, (_, i) => {
      const key = rowAt(sequence.keys[layer]!, first + i);
      const product = q.reduce((sum, value, d) => sum + value * key[d]!, 0);
      return softCapped(product * attentionScale, attentionSoftCap);
    });
    const most = Math.max(...scores);
    const weights = scores.map((score) => Math.exp(score - most));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const out = new Array<number>(headDim).fill(0);
    weights.forEach((weight, at) => {
      const value = rowAt(sequence.values[layer]!, first + at);
      for (let i = 0; i < headDim; i++) out[i]! += (weight / total) * value[i]!;
    });
    return out;
  }

  #rope(vector: readonly number[], position: number, layer: number): number[] {
    const { rope } = this.#config.attention[layer]!;
    if (rope === undefined) return [...vector];
    const { frequencies, amplitude } = this.#config.ropes[rope]!;
    const half = frequencies.length;
    return vector.map((value, i) => {
      if (i >= 2 * half) return value;
      const angle = position * frequencies[i % half]!;
      const other = i < half ? -vector[i + half]! : vector[i - half]!;
      return (value * Math.cos(angle) + other * Math.sin(angle)) * amplitude;
    });
  }

  #norm(module: string, row: number[]): number[] {
    const weight = this.#get(`${module}.weight`).data;
    const square = row.reduce((sum, value) => sum + value * value, 0) / row.length;
    const scale = 1 / Math.sqrt(square + this.#config.rmsNormEps);
    const offset = this.#config.embeddingScale === 1 ? 0 : 1; // Gemma's norms
    return row.map((value, i) => value * scale * (weight[i]! + offset));
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

function softCapped(x: number, cap: number | undefined): number {
  return cap === undefined ? x : cap * Math.tanh(x / cap);
}

function silu(x: number): number {
  return x / (1 + Math.exp(-x));
}

function geluTanh(x: number): number {
  return 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
}
