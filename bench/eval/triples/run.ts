/** `graphblend eval triples`: reads each sentence, states it in the ontology's terms, judges. */

import { writeFileSync } from 'node:fs';
import { reportOrigin } from '../../report.ts';
import { readDomains, type Domain } from './domain.ts';
import { readerExtractor, rulesExtractor, type Extractor } from './extractors.ts';
import { meanOf, measureDomain, type DomainMeasures, type JudgedSentence } from './measures.ts';

export interface TriplesEvalOptions {
  readonly text2kg: string;
  readonly json?: string;
  readonly examples: boolean;
  readonly extractor: string;
  readonly limit?: number;
}

export type MeasuredDomain = DomainMeasures & {
  readonly domain: string;
  readonly sentencesPerSecond: number;
};

export async function evalTriples(options: TriplesEvalOptions): Promise<void> {
  const domains = readDomains(options.text2kg, options.examples);
  const extractor = options.extractor === 'reader' ? await readerExtractor() : rulesExtractor();
  const results: MeasuredDomain[] = [];
  for (const domain of domains) {
    const measured = await measureOne(domain, extractor, options.limit ?? Infinity);
    print(domain.name, measured, measured.strict.f1);
    results.push(measured);
  }
  await extractor.close();
  const average = meanOf(results);
  const strictF1 = results.reduce((sum, one) => sum + one.strict.f1, 0) / results.length;
  print('average', average, strictF1);
  if (options.json === undefined) return;
  const report = {
    ...reportOrigin(0),
    extractor: extractor.name,
    examples: options.examples,
    domains: results,
    average: { ...average, strictF1 },
  };
  writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
}

export async function measureOne(
  { name, schema, labels, sentences }: Domain,
  extractor: Extractor,
  limit: number,
): Promise<MeasuredDomain> {
  const extract = extractor.of(schema);
  const start = performance.now();
  const judged: JudgedSentence[] = [];
  for (const { text, truth } of sentences.slice(0, limit))
    judged.push({ text, truth, found: await extract(text) });
  const seconds = (performance.now() - start) / 1_000;
  return {
    domain: name,
    ...measureDomain(judged, labels),
    sentencesPerSecond: Math.round((10 * judged.length) / seconds) / 10,
  };
}

function print(
  name: string,
  one: Omit<DomainMeasures, 'sentences' | 'triples' | 'strict'>,
  strictF1: number,
): void {
  const figure = (value: number): string => value.toFixed(3);
  process.stdout.write(
    `${name.padEnd(12)} P ${figure(one.precision)}  R ${figure(one.recall)}  F1 ${figure(one.f1)}` +
      `  conformance ${figure(one.ontologyConformance)}  hallucinated subject ${figure(one.subjectHallucination)}` +
      ` relation ${figure(one.relationHallucination)} object ${figure(one.objectHallucination)}` +
      `  strict F1 ${figure(strictF1)}\n`,
  );
}
