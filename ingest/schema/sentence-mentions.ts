/** The names that the rules find in one sentence on its own. */

import type { Chunk } from '../../graph/index.ts';
import { extractDocument } from '../extract/index.ts';
import type { KnownMention } from './typing/candidates.ts';

export function sentenceMentions(text: string): KnownMention[] {
  const whole = { start: 0, end: text.length };
  const chunk: Chunk = {
    id: 'sentence',
    workspaceId: '',
    documentId: '',
    ordinal: 0,
    headingPath: [],
    text,
    ...whole,
    page: undefined,
    sentences: [whole],
    tokenCount: 0,
  };
  const parsed = { title: '', text, blocks: [{ kind: 'paragraph' as const, ...whole }] };
  return extractDocument({ parsed, chunks: [chunk] }).flatMap(({ mentions }) =>
    mentions.map(({ span, type }) => ({ ...span, type })),
  );
}
