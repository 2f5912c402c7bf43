/** Finds a cited sentence again in a document that may have changed since it was cited. */
import type { DocumentText, Span } from '../../api/contract/index.ts';
import type { Highlight } from './pieces.ts';

export type Passage = {
  documentId: string;
  title: string;
  /** The version the offsets belong to, where it is known. */
  version: number | null;
  span: Span | null;
  emphasis: Span | null;
  text: string;
};
export type Located = { highlight: Highlight | null; moved: boolean };

/** Offsets hold for the version they were made from; for another, the sentence itself is looked for. */
export function locate(passage: Passage, document: DocumentText): Located {
  const { span, emphasis, text, version } = passage;
  const sameVersion = version === null || version === document.version;
  if (span && sameVersion && (text === '' || document.text.slice(span.start, span.end) === text)) {
    return { highlight: { sentence: span, emphasis }, moved: false };
  }
  const at = text === '' ? -1 : document.text.indexOf(text);
  if (at < 0) return { highlight: null, moved: true };
  const shift = at - (span?.start ?? at);
  const shifted = emphasis && { start: emphasis.start + shift, end: emphasis.end + shift };
  return {
    highlight: { sentence: { start: at, end: at + text.length }, emphasis: shifted },
    moved: span !== null,
  };
}
