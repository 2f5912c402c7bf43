/** Small codes packed into bytes, the first code in the lowest bits. */

export type CodeBits = 2 | 4 | 8;

/** `codes.length` must be a multiple of 8 / bits. */
export function packCodes(codes: Uint8Array, bits: CodeBits, target: Uint8Array): void {
  const perByte = 8 / bits;
  for (let i = 0, at = 0; at < target.length; at++) {
    let byte = 0;
    for (let j = 0; j < perByte; j++) byte |= codes[i++]! << (j * bits);
    target[at] = byte;
  }
}

/** The inverse of `packCodes`; fills `codes` whole. */
export function unpackCodes(bytes: Uint8Array, bits: CodeBits, codes: Uint8Array): void {
  if (bits === 8) codes.set(bytes.subarray(0, codes.length));
  else if (bits === 4) unpackNibbles(bytes, codes);
  else unpackPairs(bytes, codes);
}

function unpackNibbles(bytes: Uint8Array, codes: Uint8Array): void {
  for (let i = 0, at = 0; i < codes.length; i += 2) {
    const byte = bytes[at++]!;
    codes[i] = byte & 15;
    codes[i + 1] = byte >>> 4;
  }
}

function unpackPairs(bytes: Uint8Array, codes: Uint8Array): void {
  for (let i = 0, at = 0; i < codes.length; i += 4) {
    const byte = bytes[at++]!;
    codes[i] = byte & 3;
    codes[i + 1] = (byte >>> 2) & 3;
    codes[i + 2] = (byte >>> 4) & 3;
    codes[i + 3] = byte >>> 6;
  }
}
