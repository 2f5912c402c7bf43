/** Triple F1 of the reader's second task: it lists the triples of a sentence in the words of an ontology. */
import { readDomains } from '../triples/domain.ts';
import { readerExtractor } from '../triples/extractors.ts';
import { measureOne } from '../triples/run.ts';

/** Scores 0..1 by the measures of Text2KGBench; `strictF1` counts every triple of the domain. */
export interface TriplesRow {
  readonly domain: string;
  readonly sentences: number;
  readonly triples: number;
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  readonly strictF1: number;
}

export async function measureTriples(
  folder: string,
  readerFolder: string | undefined,
  limit: number,
  onProgress: (domain: string) => void,
): Promise<TriplesRow[]> {
  const extractor = await readerExtractor(readerFolder);
  try {
    const rows: TriplesRow[] = [];
    for (const each of readDomains(folder, false)) {
      onProgress(each.name);
      const measured = await measureOne(each, extractor, limit);
      const { domain, sentences, triples, precision, recall, f1, strict } = measured;
      rows.push({ domain, sentences, triples, precision, recall, f1, strictF1: strict.f1 });
    }
    return rows;
  } finally {
    await extractor.close();
  }
}
