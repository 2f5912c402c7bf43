/** Writes a GGUF file (version 3) in Q8_0 with random weights of a Qwen2 shape, and a vocabulary of made-up words. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, writeSync } from 'node:fs';
import type { DecoderShape } from '../engine/random-checkpoint.ts';

const ALIGNMENT = 32;
/** GGUF's numbers of types of values. */
const UINT32 = 4;
const INT32 = 5;
const FLOAT32 = 6;
const STRING = 8;
const ARRAY = 9;

type TensorKind = 'F32' | 'Q8_0';
const KIND_NUMBERS: Readonly<Record<TensorKind, number>> = { F32: 0, Q8_0: 8 };

interface TensorPlan {
  readonly name: string;
  readonly dims: readonly number[];
  readonly kind: TensorKind;
}

export function writeRandomGguf(path: string, shape: DecoderShape): void {
  const tensors = tensorsOf(shape);
  const values = metadata(shape);
  let offset = 0;
  const infos = tensors.map((tensor) => {
    const info = Buffer.concat([
      text(tensor.name),
      uint32(tensor.dims.length),
      ...tensor.dims.map(uint64),
      uint32(KIND_NUMBERS[tensor.kind]),
      uint64(offset),
    ]);
    offset += paddedBytes(tensor);
    return info;
  });
  const counts = [uint32(3), uint64(tensors.length), uint64(values.length)];
  const head = Buffer.concat([Buffer.from('GGUF'), ...counts, ...values, ...infos]);
  const fd = openSync(path, 'w');
  try {
    writeSync(fd, head);
    writeSync(fd, Buffer.alloc((ALIGNMENT - (head.length % ALIGNMENT)) % ALIGNMENT));
    for (const tensor of tensors) writeTensor(fd, tensor);
  } finally {
    closeSync(fd);
  }
}

function tensorsOf(shape: DecoderShape): TensorPlan[] {
  const { hiddenSize, layers, heads, kvHeads, headDim, ffnSize, vocabSize } = shape;
  const [qSize, kvSize] = [heads * headDim, kvHeads * headDim];
  const matrix = (name: string, inSize: number, outSize: number): TensorPlan => ({
    name: `${name}.weight`,
    dims: [inSize, outSize],
    kind: 'Q8_0',
  });
  const vector = (name: string, size: number): TensorPlan => ({ name, dims: [size], kind: 'F32' });
  const layer = (at: number): TensorPlan[] => {
    const name = (part: string): string => `blk.${at}.${part}`;
    return [
      vector(name('attn_norm.weight'), hiddenSize),
      matrix(name('attn_q'), hiddenSize, qSize),
      vector(name('attn_q.bias'), qSize),
      matrix(name('attn_k'), hiddenSize, kvSize),
      vector(name('attn_k.bias'), kvSize),
      matrix(name('attn_v'), hiddenSize, kvSize),
      vector(name('attn_v.bias'), kvSize),
      matrix(name('attn_output'), qSize, hiddenSize),
      vector(name('ffn_norm.weight'), hiddenSize),
      matrix(name('ffn_gate'), hiddenSize, ffnSize),
      matrix(name('ffn_up'), hiddenSize, ffnSize),
      matrix(name('ffn_down'), ffnSize, hiddenSize),
    ];
  };
  return [
    matrix('token_embd', hiddenSize, vocabSize),
    vector('output_norm.weight', hiddenSize),
    ...Array.from({ length: layers }, (_, at) => layer(at)).flat(),
  ];
}

function metadata(shape: DecoderShape): Buffer[] {
  const value = (key: string, type: number, data: Buffer): Buffer =>
    Buffer.concat([text(key), uint32(type), data]);
  const number = (key: string, n: number): Buffer => value(key, UINT32, uint32(n));
  const words = Array.from({ length: shape.vocabSize }, (_, i) =>
    text(i < 94 ? String.fromCodePoint(33 + i) : i === 198 ? 'Ċ' : `t${i}`),
  );
  const kinds = Buffer.alloc(shape.vocabSize * 4);
  for (let i = 0; i < shape.vocabSize; i++) kinds.writeInt32LE(1, i * 4);
  const list = (type: number, count: number, items: readonly Buffer[]): Buffer =>
    Buffer.concat([uint32(type), uint64(count), ...items]);
  const tokens = list(STRING, words.length, words);
  return [
    value('general.architecture', STRING, text('qwen2')),
    value('general.name', STRING, text('random')),
    number('qwen2.block_count', shape.layers),
    number('qwen2.context_length', 32_768),
    number('qwen2.embedding_length', shape.hiddenSize),
    number('qwen2.feed_forward_length', shape.ffnSize),
    number('qwen2.attention.head_count', shape.heads),
    number('qwen2.attention.head_count_kv', shape.kvHeads),
    value('qwen2.attention.layer_norm_rms_epsilon', FLOAT32, float32(1e-6)),
    value('qwen2.rope.freq_base', FLOAT32, float32(1e6)),
    number('qwen2.vocab_size', shape.vocabSize),
    number('general.alignment', ALIGNMENT),
    value('tokenizer.ggml.model', STRING, text('gpt2')),
    value('tokenizer.ggml.pre', STRING, text('qwen2')),
    value('tokenizer.ggml.tokens', ARRAY, tokens),
    value('tokenizer.ggml.token_type', ARRAY, list(INT32, shape.vocabSize, [kinds])),
    value('tokenizer.ggml.merges', ARRAY, list(STRING, 1, [text('! "')])),
    number('tokenizer.ggml.bos_token_id', shape.vocabSize - 293),
    number('tokenizer.ggml.eos_token_id', shape.vocabSize - 291),
  ];
}

function bytesOf({ dims, kind }: TensorPlan): number {
  const numbers = dims.reduce((a, b) => a * b, 1);
  return kind === 'F32' ? numbers * 4 : (numbers / 32) * 34;
}

function paddedBytes(tensor: TensorPlan): number {
  return Math.ceil(bytesOf(tensor) / ALIGNMENT) * ALIGNMENT;
}

/** A block of Q8_0 is a half (the scale, here near 2^-12) and 32 signed bytes. */
const BLOCKS = 1 << 16;
const quantised = randomBytes(BLOCKS * 34);
for (let i = 0; i < BLOCKS; i++) quantised.writeUInt16LE(0x0d00 + (i & 63), i * 34);
const ones = Buffer.from(new Float32Array(1 << 16).fill(1).buffer);

function writeTensor(fd: number, tensor: TensorPlan): void {
  const pattern = tensor.kind === 'F32' ? ones : quantised;
  let left = paddedBytes(tensor);
  while (left > 0) left -= writeSync(fd, pattern, 0, Math.min(left, pattern.length));
}

function text(content: string): Buffer {
  const bytes = Buffer.from(content);
  return Buffer.concat([uint64(bytes.length), bytes]);
}

function uint32(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(n);
  return bytes;
}

function uint64(n: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(n));
  return bytes;
}

function float32(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(n);
  return bytes;
}
