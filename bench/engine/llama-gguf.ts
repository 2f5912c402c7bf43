/** Writes a GGUF file of a shape, Q8_0 with made-up weights: speed does not depend on them. */
import { closeSync, openSync, writeSync } from 'node:fs';
import type { DecoderShape } from './random-checkpoint.ts';

const TYPE = { f32: 0, q8: 8 } as const;
const ALIGNMENT = 32;

interface GgufTensor {
  readonly name: string;
  readonly dims: readonly number[];
  readonly type: keyof typeof TYPE;
}

export function writeGguf(file: string, shape: DecoderShape): void {
  const tensors = tensorsOf(shape);
  let offset = 0;
  const infos = tensors.map(({ name, dims, type }, i) => {
    const info = [text(name), u32(dims.length), ...dims.map(u64), u32(TYPE[type]), u64(offset)];
    offset += aligned(bytesOf(tensors[i]!));
    return Buffer.concat(info);
  });
  const pairs = metadata(shape);
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(pairs.length),
    ...pairs,
    ...infos,
  ]);
  const fd = openSync(file, 'w');
  writeSync(fd, Buffer.concat([head, Buffer.alloc(aligned(head.length) - head.length)]));
  const blocks = { q8: blocksQ8(), f32: onesF32() };
  for (const tensor of tensors) {
    let left = aligned(bytesOf(tensor));
    for (const data = blocks[tensor.type]; left > 0; left -= data.length) {
      writeSync(fd, data, 0, Math.min(left, data.length));
    }
  }
  closeSync(fd);
}

function tensorsOf(shape: DecoderShape): GgufTensor[] {
  const { hiddenSize: hidden, ffnSize, heads, kvHeads, headDim } = shape;
  const [q, kv] = [heads * headDim, kvHeads * headDim];
  const tensors: GgufTensor[] = [
    { name: 'token_embd.weight', dims: [hidden, shape.vocabSize], type: 'q8' },
    { name: 'output_norm.weight', dims: [hidden], type: 'f32' },
  ];
  for (let layer = 0; layer < shape.layers; layer++) {
    const add = (name: string, dims: readonly number[], type: keyof typeof TYPE): void =>
      void tensors.push({ name: `blk.${layer}.${name}`, dims, type });
    add('attn_norm.weight', [hidden], 'f32');
    for (const [name, size] of [
      ['attn_q', q],
      ['attn_k', kv],
      ['attn_v', kv],
    ] as const) {
      add(`${name}.weight`, [hidden, size], 'q8');
      add(`${name}.bias`, [size], 'f32');
    }
    add('attn_output.weight', [q, hidden], 'q8');
    add('ffn_norm.weight', [hidden], 'f32');
    add('ffn_gate.weight', [hidden, ffnSize], 'q8');
    add('ffn_up.weight', [hidden, ffnSize], 'q8');
    add('ffn_down.weight', [ffnSize, hidden], 'q8');
  }
  return tensors;
}

/** The format's numbers of value types: 4 uint32, 5 int32, 6 float32, 8 string, 9 array. */
function metadata(shape: DecoderShape): Buffer[] {
  const pair = (key: string, type: number, value: Buffer): Buffer =>
    Buffer.concat([text(key), u32(type), value]);
  const count = (key: string, value: number): Buffer => pair(`qwen2.${key}`, 4, u32(value));
  const array = (type: number, length: number, items: readonly Buffer[]): Buffer =>
    Buffer.concat([u32(type), u64(length), Buffer.concat(items)]);
  const { vocabSize } = shape;
  const tokens = Array.from({ length: vocabSize }, (_, i) =>
    text(i === 198 ? 'Ċ' : i < 94 ? String.fromCharCode(33 + i) : `t${i}`),
  );
  const special = vocabSize - 293;
  const types = Buffer.alloc(vocabSize * 4);
  for (let i = 0; i < vocabSize; i++) types.writeInt32LE(i >= special ? 3 : 1, i * 4);
  return [
    pair('general.architecture', 8, text('qwen2')),
    pair('general.alignment', 4, u32(ALIGNMENT)),
    count('block_count', shape.layers),
    count('context_length', 32_768),
    count('embedding_length', shape.hiddenSize),
    count('feed_forward_length', shape.ffnSize),
    count('attention.head_count', shape.heads),
    count('attention.head_count_kv', shape.kvHeads),
    count('vocab_size', vocabSize),
    pair('qwen2.attention.layer_norm_rms_epsilon', 6, f32(1e-6)),
    pair('qwen2.rope.freq_base', 6, f32(1e6)),
    pair('tokenizer.ggml.model', 8, text('gpt2')),
    pair('tokenizer.ggml.pre', 8, text('qwen2')),
    pair('tokenizer.ggml.tokens', 9, array(8, vocabSize, tokens)),
    pair('tokenizer.ggml.token_type', 9, array(5, vocabSize, [types])),
    pair('tokenizer.ggml.merges', 9, array(8, 1, [text('! "')])),
    pair('tokenizer.ggml.bos_token_id', 4, u32(special)),
    pair('tokenizer.ggml.eos_token_id', 4, u32(special + 2)),
  ];
}

/** Q8_0: blocks of 32 numbers, a float16 scale and 32 int8. */
function bytesOf({ dims, type }: GgufTensor): number {
  const numbers = dims.reduce((product, size) => product * size, 1);
  return type === 'f32' ? numbers * 4 : (numbers / 32) * 34;
}

function blocksQ8(): Buffer {
  const blocks = Buffer.alloc(34 << 16);
  for (let i = 0; i < blocks.length; i++) blocks[i] = (i * 2_654_435_761) >>> 13;
  for (let i = 0; i < blocks.length; i += 34) blocks.writeUInt16LE(0x0d00 + ((i / 34) & 63), i);
  return blocks;
}

function onesF32(): Buffer {
  const ones = new Float32Array(1 << 13).fill(1);
  return Buffer.from(ones.buffer);
}

function aligned(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function u32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value);
  return out;
}

function u64(value: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(BigInt(value));
  return out;
}

function f32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeFloatLE(value);
  return out;
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}
