/** What bytes each token of a `tokenizer.json` stands for. */

type Json = Readonly<Record<string, unknown>>;

/**
 * Byte-level BPE (GPT-2's table of printable stand-ins) and SentencePiece-style vocabularies ("▁" for a space,
 * <0x41> for a byte). Undefined for special tokens. Undefined as a whole for other kinds, such as WordPiece,
 * whose tokens do not concatenate to the text.
 */
export function tokenBytes(
  tokenizer: Json,
  vocabulary: ReadonlyMap<string, number>,
  special: ReadonlySet<number>,
): (Uint8Array | undefined)[] | undefined {
  const text = JSON.stringify([tokenizer['decoder'] ?? null, tokenizer['pre_tokenizer'] ?? null]);
  const toBytes = text.includes('"ByteLevel"')
    ? byteLevel()
    : /"Metaspace"|"ByteFallback"|\u2581/.test(text)
      ? sentencePiece
      : undefined;
  if (toBytes === undefined) return undefined;
  const size = 1 + Math.max(-1, ...vocabulary.values());
  const bytes: (Uint8Array | undefined)[] = Array.from({ length: size }, () => undefined);
  for (const [token, id] of vocabulary) if (!special.has(id)) bytes[id] = toBytes(token);
  return bytes;
}

function byteLevel(): (token: string) => Uint8Array | undefined {
  const byteOf = new Map<string, number>();
  let extra = 0;
  for (let byte = 0; byte < 256; byte += 1) {
    const isPrintable =
      (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    byteOf.set(String.fromCharCode(isPrintable ? byte : 0x100 + extra), byte);
    if (!isPrintable) extra += 1;
  }
  return (token) => {
    const bytes = Array.from(token, (character) => byteOf.get(character));
    return bytes.includes(undefined) ? undefined : Uint8Array.from(bytes as number[]);
  };
}

function sentencePiece(token: string): Uint8Array {
  const byte = /^<0x([0-9A-F]{2})>$/i.exec(token)?.[1];
  if (byte !== undefined) return Uint8Array.of(Number.parseInt(byte, 16));
  return new TextEncoder().encode(token.replaceAll('\u2581', ' '));
}
