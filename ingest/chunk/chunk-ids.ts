import { createHash } from 'node:crypto';

/**
 * Ids that depend on nothing but the document, the headings, the text and how often the same has come
 * before: an edit elsewhere leaves them alone.
 */
export class ChunkIds {
  readonly #documentId: string;
  readonly #seen = new Map<string, number>();

  constructor(documentId: string) {
    this.#documentId = documentId;
  }

  next(headingPath: readonly string[], text: string): string {
    const content = digest([this.#documentId, String(headingPath.length), ...headingPath, text]);
    const repetition = this.#seen.get(content) ?? 0;
    this.#seen.set(content, repetition + 1);
    return `chk_${digest([content, String(repetition)]).slice(0, 24)}`;
  }
}

/** Parts are length-prefixed, so that no two lists of parts give the same bytes. */
function digest(parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.from(part, 'utf8');
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex');
}
