/** ParsedDocument -> chunks: pieces of one section, at sentence borders, of about the wanted number of tokens. */

import type { Block, Chunk, ParsedDocument } from '../../graph/index.ts';
import { ChunkIds } from './chunk-ids.ts';
import { EarlierChunks, packAround, type EarlierChunk } from './keep-chunks.ts';
import { partsOf } from './merge-sections.ts';
import { packUnits } from './pack.ts';
import { chunkPromptText } from '../../graph/index.ts';
import { sectionsOf } from './sections.ts';
import type { CountTokens, Unit } from './units.ts';

export interface ChunkRequest {
  readonly workspaceId: string;
  readonly documentId: string;
  readonly parsed: ParsedDocument;
  /** Tokens of the reader; called once a sentence and once a chunk. */
  readonly countTokens: CountTokens;
  /** Target length of `chunkPromptText`, tokens. Default 256. */
  readonly chunkTokens?: number;
  /** Chunks of the version before: those whose words still stand are kept. Default: none. */
  readonly earlier?: readonly EarlierChunk[];
}

const DEFAULT_CHUNK_TOKENS = 256;
/** However long the headings are, at least this share of a chunk is text. */
const MIN_TEXT_SHARE = 0.5;
/** Line breaks of the prompt and merges across sentence borders. */
const SLACK_TOKENS = 4;

/** In document order, without overlap; time grows linearly with the text. */
export function chunkDocument(request: ChunkRequest): Chunk[] {
  const { parsed, countTokens, chunkTokens = DEFAULT_CHUNK_TOKENS } = request;
  const budgetOf = budgeter(chunkTokens, countTokens);
  const pageOf = pageFinder(parsed.blocks);
  const ids = new ChunkIds(request.documentId);
  const chunks: Chunk[] = [];
  const earlier = new EarlierChunks(request.earlier ?? [], chunkTokens);
  for (const part of partsOf(sectionsOf(parsed), parsed.text, budgetOf, countTokens)) {
    const headingPath = fitPath(part.path, chunkTokens, countTokens);
    const budget = budgetOf(part.path);
    const pack = (units: readonly Unit[]): Unit[][] => packUnits(units, budget, parsed.text);
    const earlierAt = (start: number) => earlier.at(headingPath, parsed.text, start);
    for (const units of packAround(part.units, parsed.text, budget, earlierAt, pack)) {
      chunks.push(toChunk(request, headingPath, units, chunks.length, ids, pageOf));
    }
  }
  return chunks;
}

function toChunk(
  request: ChunkRequest,
  headingPath: readonly string[],
  units: readonly Unit[],
  ordinal: number,
  ids: ChunkIds,
  pageOf: (start: number) => number | undefined,
): Chunk {
  const start = units[0]?.start ?? 0;
  const end = units.at(-1)?.end ?? start;
  const text = request.parsed.text.slice(start, end);
  return {
    id: ids.next(headingPath, text),
    workspaceId: request.workspaceId,
    documentId: request.documentId,
    ordinal,
    headingPath,
    text,
    start,
    end,
    page: pageOf(start),
    sentences: units.map((unit) => ({ start: unit.start, end: unit.end })),
    tokenCount: request.countTokens(chunkPromptText({ headingPath, text })),
  };
}

/** Tokens left for text behind the headings. */
function budgeter(chunkTokens: number, count: CountTokens): (path: readonly string[]) => number {
  const budgets = new Map<string, number>();
  return (path) => {
    const key = path.join('\n');
    const known = budgets.get(key);
    if (known !== undefined) return known;
    const prefix = count(`${fitPath(path, chunkTokens, count).join(' > ')}\n`);
    const budget = Math.max(
      Math.ceil(chunkTokens * MIN_TEXT_SHARE),
      chunkTokens - prefix - SLACK_TOKENS,
      1,
    );
    budgets.set(key, budget);
    return budget;
  };
}

/** Middle headings go first: the title and the nearest heading say most. */
function fitPath(
  path: readonly string[],
  chunkTokens: number,
  count: CountTokens,
): readonly string[] {
  let kept = path;
  while (kept.length > 2 && count(kept.join(' > ')) > chunkTokens * MIN_TEXT_SHARE)
    kept = [...kept.slice(0, 1), ...kept.slice(2)];
  return kept;
}

/** Chunks come in order, so one walk over the blocks serves them all. */
function pageFinder(blocks: readonly Block[]): (start: number) => number | undefined {
  let index = 0;
  return (start) => {
    while (index < blocks.length && (blocks[index]?.end ?? 0) <= start) index += 1;
    return blocks[index]?.page;
  };
}
