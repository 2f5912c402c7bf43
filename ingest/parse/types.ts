import type { BlockKind } from '../../graph/index.ts';

/** The formats that are read, by their usual file extension. */
export type Format = 'txt' | 'md' | 'html' | 'pdf' | 'docx' | 'epub' | 'csv' | 'json';

export interface ParseRequest {
  /** Absolute path of the original bytes. */
  readonly path: string;
  /** File name or title given by the user; decides the title when the document has none. */
  readonly name: string;
  /** As claimed by the uploader; only used when name and content leave the type open. */
  readonly mediaType?: string;
}

export interface ParseLimits {
  /** Wall-clock time for one document, milliseconds. */
  readonly timeoutMs: number;
  /** Resident memory of the parser process, MiB. */
  readonly memoryMb: number;
  /** Length of the parsed text, UTF-16 units. */
  readonly maxTextChars: number;
  /** Size of the original file, bytes. */
  readonly maxBytes: number;
  /** Sum of the inflated sizes in a DOCX or EPUB, bytes. */
  readonly maxInflatedBytes: number;
}

export const DEFAULT_PARSE_LIMITS: ParseLimits = {
  timeoutMs: 30_000,
  memoryMb: 512,
  maxTextChars: 20_000_000,
  maxBytes: 50 * 1024 * 1024,
  maxInflatedBytes: 200 * 1024 * 1024,
};

/** A block before it has a place in the text. */
export interface BlockDraft {
  readonly kind: BlockKind;
  /** 1-6, headings only. */
  readonly level?: number;
  /** 1-based. */
  readonly page?: number;
  readonly text: string;
}

/** What a format's parser gives: blocks in reading order and, if the document names itself, its title. */
export interface Draft {
  readonly title?: string;
  readonly blocks: readonly BlockDraft[];
  readonly pages?: number;
}

/** What a format's parser gets. */
export interface Source {
  readonly bytes: Uint8Array;
  readonly name: string;
  readonly limits: ParseLimits;
}
