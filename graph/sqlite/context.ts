import type { RandomBytes } from '../random-id.ts';
import type { Sql } from './sql.ts';

/** What every part of the corpus store works with. */
export interface CorpusContext {
  readonly sql: Sql;
  readonly random: RandomBytes;
  /** Whose vectors count; `undefined`: anybody's. */
  readonly embedder: () => string | undefined;
  /** Present time as ISO 8601. */
  readonly now: () => string;
}
