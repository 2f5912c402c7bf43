/** JSON columns, and arrays of numbers as little-endian blobs. */

export function parseJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export function bytesOf(array: Int32Array | Float32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

export function int32Of(blob: Uint8Array): Int32Array {
  return new Int32Array(alignedCopy(blob));
}

export function float32Of(blob: Uint8Array): Float32Array {
  return new Float32Array(alignedCopy(blob));
}

/** A Buffer from SQLite may start at any byte of a shared pool. */
function alignedCopy(blob: Uint8Array): ArrayBuffer {
  const copy = new ArrayBuffer(blob.byteLength);
  new Uint8Array(copy).set(blob);
  return copy;
}
