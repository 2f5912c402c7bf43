/** Named buffers of one step, reused by the next. */
export class Scratch {
  readonly #buffers = new Map<string, Float32Array>();

  /** What was taken under this name before is overwritten. The contents are arbitrary. */
  take(name: string, length: number): Float32Array {
    let buffer = this.#buffers.get(name);
    if (!buffer || buffer.length < length) {
      buffer = new Float32Array(length);
      this.#buffers.set(name, buffer);
    }
    return buffer.subarray(0, length);
  }
}
