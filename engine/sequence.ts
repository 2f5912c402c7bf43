/** Memory of sequences: one buffer per layer for keys and one for values, reused after `release`. */
import { InvalidStepError } from './errors.ts';
import type { DecoderConfig, SequenceKv } from './types.ts';

/** Hands out Float32Arrays and keeps up to `maxIdleBytes` of returned ones for reuse. */
export interface BufferPool {
  /** The contents are arbitrary. */
  take(length: number): Float32Array;
  give(array: Float32Array): void;
}

export function bufferPool(maxIdleBytes: number): BufferPool {
  const idle = new Map<number, ArrayBuffer[]>();
  let idleBytes = 0;
  return {
    take(length) {
      const bytes = sizeClass(length * 4);
      const buffer = idle.get(bytes)?.pop();
      if (buffer) idleBytes -= bytes;
      return new Float32Array(buffer ?? new ArrayBuffer(bytes), 0, length);
    },
    give({ buffer }) {
      if (!(buffer instanceof ArrayBuffer) || idleBytes + buffer.byteLength > maxIdleBytes) return;
      idleBytes += buffer.byteLength;
      const list = idle.get(buffer.byteLength);
      if (list) list.push(buffer);
      else idle.set(buffer.byteLength, [buffer]);
    },
  };
}

/** Memory that a sequence takes, in bytes. */
export function sequenceBytes(config: DecoderConfig, capacity: number): number {
  const { kvHeads, headDim, layers } = config;
  return 2 * layers * sizeClass(kvHeads * capacity * headDim * 4);
}

/** Rounds up to 1/8 of a power of two: at most an eighth of a buffer is wasted. */
function sizeClass(bytes: number): number {
  const step = 2 ** Math.max(12, Math.floor(Math.log2(Math.max(1, bytes))) - 3);
  return Math.ceil(bytes / step) * step;
}

export class PooledSequence implements SequenceKv {
  readonly capacity: number;
  #keys: readonly Float32Array[];
  #values: readonly Float32Array[];
  #hidden: Int32Array = new Int32Array(0);
  readonly #pool: BufferPool;

  constructor(pool: BufferPool, config: DecoderConfig, capacity: number) {
    if (!Number.isSafeInteger(capacity) || capacity < 1)
      throw new InvalidStepError(`capacity is ${capacity}`);
    this.capacity = capacity;
    this.#pool = pool;
    const length = config.kvHeads * capacity * config.headDim;
    this.#keys = Array.from({ length: config.layers }, () => pool.take(length));
    this.#values = Array.from({ length: config.layers }, () => pool.take(length));
  }

  get keys(): readonly Float32Array[] {
    return this.#keys;
  }

  get values(): readonly Float32Array[] {
    return this.#values;
  }

  get hidden(): Int32Array {
    return this.#hidden;
  }

  hide(positions: Int32Array): void {
    this.#hidden = Int32Array.from(new Set([...this.#hidden, ...positions])).sort();
  }

  show(positions: Int32Array): void {
    if (this.#hidden.length === 0) return;
    const shown = new Set(positions);
    this.#hidden = this.#hidden.filter((position) => !shown.has(position));
  }

  /** After this, `keys` and `values` are empty, and the runner refuses the sequence. */
  release(): void {
    for (const array of [...this.#keys, ...this.#values]) this.#pool.give(array);
    this.#keys = [];
    this.#values = [];
    this.#hidden = new Int32Array(0);
  }
}
