/** Writes a float32 matrix as NumPy's `numpy.load` reads it (format version 1.0). */
import { closeSync, openSync, writeSync } from 'node:fs';

export function writeNpy(path: string, data: Float32Array, shape: readonly [number, number]): void {
  const description = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}), }`;
  const unpadded = 10 + description.length + 1;
  const header = `${description}${' '.repeat((64 - (unpadded % 64)) % 64)}\n`;
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, 0, 0]); // \x93NUMPY 1.0
  magic.writeUInt16LE(header.length, 8);
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  const fd = openSync(path, 'w');
  try {
    for (const part of [magic, Buffer.from(header, 'latin1'), bytes]) {
      for (let done = 0; done < part.length;) done += writeSync(fd, part, done);
    }
  } finally {
    closeSync(fd);
  }
}
