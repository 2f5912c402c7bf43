/** Writes a checkpoint with random weights of a given shape, so that speed can be measured without a download. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export interface DecoderShape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly ffnSize: number;
  readonly vocabSize: number;
}

export const qwen05b: DecoderShape = {
  hiddenSize: 896,
  layers: 24,
  heads: 14,
  kvHeads: 2,
  headDim: 64,
  ffnSize: 4864,
  vocabSize: 151_936,
};

/** Qwen2 layout (qkv bias, tied embeddings), BF16. No part of the weights repeats another. */
export function writeRandomCheckpoint(folder: string, shape: DecoderShape, seed: number): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({
      architectures: ['Qwen2ForCausalLM'],
      model_type: 'qwen2',
      hidden_size: shape.hiddenSize,
      num_hidden_layers: shape.layers,
      num_attention_heads: shape.heads,
      num_key_value_heads: shape.kvHeads,
      head_dim: shape.headDim,
      intermediate_size: shape.ffnSize,
      vocab_size: shape.vocabSize,
      max_position_embeddings: 32_768,
      rope_theta: 1_000_000,
      rms_norm_eps: 1e-6,
      tie_word_embeddings: true,
    }),
  );
  writeTensors(join(folder, 'model.safetensors'), tensorShapes(shape), seed);
}

function tensorShapes(shape: DecoderShape): [string, number[]][] {
  const { hiddenSize, heads, kvHeads, headDim, ffnSize } = shape;
  const [qSize, kvSize] = [heads * headDim, kvHeads * headDim];
  const shapes: [string, number[]][] = [
    ['model.embed_tokens.weight', [shape.vocabSize, hiddenSize]],
  ];
  for (let layer = 0; layer < shape.layers; layer++) {
    const name = `model.layers.${layer}`;
    shapes.push(
      [`${name}.input_layernorm.weight`, [hiddenSize]],
      [`${name}.self_attn.q_proj.weight`, [qSize, hiddenSize]],
      [`${name}.self_attn.q_proj.bias`, [qSize]],
      [`${name}.self_attn.k_proj.weight`, [kvSize, hiddenSize]],
      [`${name}.self_attn.k_proj.bias`, [kvSize]],
      [`${name}.self_attn.v_proj.weight`, [kvSize, hiddenSize]],
      [`${name}.self_attn.v_proj.bias`, [kvSize]],
      [`${name}.self_attn.o_proj.weight`, [hiddenSize, qSize]],
      [`${name}.post_attention_layernorm.weight`, [hiddenSize]],
      [`${name}.mlp.gate_proj.weight`, [ffnSize, hiddenSize]],
      [`${name}.mlp.up_proj.weight`, [ffnSize, hiddenSize]],
      [`${name}.mlp.down_proj.weight`, [hiddenSize, ffnSize]],
    );
  }
  return [...shapes, ['model.norm.weight', [hiddenSize]]];
}

function writeTensors(file: string, shapes: readonly [string, number[]][], seed: number): void {
  const header: Record<string, unknown> = {};
  let end = 0;
  for (const [name, shape] of shapes) {
    const start = end;
    end += 2 * shape.reduce((product, size) => product * size, 1);
    header[name] = { dtype: 'BF16', shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(BigInt(json.length));
  const next = randomBlocks(2 << 20, seed);
  const fd = openSync(file, 'w');
  writeSync(fd, Buffer.concat([prefix, json]));
  for (let left = end; left > 0;) {
    const block = next();
    writeSync(fd, block.subarray(0, Math.min(left, block.length)));
    left -= block.length;
  }
  closeSync(fd);
}

/** Blocks of `count` BF16 numbers, uniform in [-0.05, 0.05]; a block is overwritten by the next. */
function randomBlocks(count: number, seed: number): () => Buffer {
  const values = new Uint16Array(count);
  const levels = bf16Levels();
  let state = seed >>> 0;
  return () => {
    for (let i = 0; i < count; i++) {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      values[i] = levels[state >>> 16]!;
    }
    return Buffer.from(values.buffer);
  };
}

/** Looked up, as a number is needed half a billion times. */
function bf16Levels(): Uint16Array {
  const bits = new DataView(new ArrayBuffer(4));
  return Uint16Array.from({ length: 1 << 16 }, (_, i) => {
    bits.setFloat32(0, (i / 2 ** 16 - 0.5) * 0.1);
    return bits.getUint16(0);
  });
}
