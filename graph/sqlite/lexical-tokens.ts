/** What FTS5 makes of a word: only its own tokenizer knows, above all for scripts with combining marks. */
import type { Sql } from './sql.ts';

export interface LexicalTokens {
  /** The one token that the word is in the index; `undefined` if it is none or several. */
  readonly only: (word: string) => string | undefined;
}

/** Folded words of plain letters and digits stay as they are. */
const PLAIN = /^[a-z0-9]+$/u;
const REMEMBERED = 5_000;

export const TOKENIZER = `tokenize = 'unicode61 remove_diacritics 2'`;

export function lexicalTokens(sql: Sql): LexicalTokens {
  const known = new Map<string, string | undefined>();
  let hasProbe = false;

  /** Puts the word into a temporary table and reads back what the tokenizer left. */
  function probe(word: string): string | undefined {
    if (!hasProbe) {
      sql.db.exec(
        `CREATE VIRTUAL TABLE IF NOT EXISTS temp.token_probe USING fts5(word, ${TOKENIZER});
         CREATE VIRTUAL TABLE IF NOT EXISTS temp.token_probe_words USING fts5vocab(temp, token_probe, 'instance')`,
      );
      hasProbe = true;
    }
    sql.run('DELETE FROM temp.token_probe');
    sql.run('INSERT INTO temp.token_probe (word) VALUES (?)', [word]);
    const found = sql.column<string>('SELECT term FROM temp.token_probe_words');
    return found.length === 1 ? found[0] : undefined;
  }

  return {
    only: (word) => {
      if (PLAIN.test(word)) return word;
      if (word.includes(' ')) return undefined;
      if (!known.has(word)) {
        if (known.size >= REMEMBERED) known.clear();
        known.set(word, probe(word));
      }
      return known.get(word);
    },
  };
}
