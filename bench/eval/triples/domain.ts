/** A domain of Text2KGBench on disk. */

import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { examplesOfText2kg, schemaOfText2kg, type Schema } from '../../../ingest/schema/index.ts';
import { InputError, readInput } from '../read-input.ts';
import type { OntologyLabels, Triple } from './measures.ts';

export interface Domain {
  readonly name: string;
  readonly schema: Schema;
  readonly labels: OntologyLabels;
  readonly sentences: readonly {
    readonly id: string;
    readonly text: string;
    readonly truth: readonly Triple[];
  }[];
}

interface TruthLine {
  readonly id: string;
  readonly sent: string;
  readonly triples: readonly { readonly sub: string; readonly rel: string; readonly obj: string }[];
}

/** The folder itself if it is a domain, else those inside it, by name. @throws Error if there is none */
export function readDomains(folder: string, withExamples: boolean): Domain[] {
  if (isDomain(folder)) return [readDomain(folder, withExamples)];
  const inside = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name))
    .filter(isDomain);
  if (inside.length === 0)
    throw Object.assign(new Error(`No domain in ${folder}.`), {
      fix: 'Give a folder with ontology.json and ground-truth.jsonl, or a folder of such folders.',
    });
  return inside.map((one) => readDomain(one, withExamples));
}

function isDomain(folder: string): boolean {
  return ['ontology.json', 'ground-truth.jsonl'].every((name) => existsSync(join(folder, name)));
}

function readDomain(folder: string, withExamples: boolean): Domain {
  const ontologyFile = join(folder, 'ontology.json');
  const ontology = parsed<Ontology>(ontologyFile, readInput(ontologyFile, ONTOLOGY), ONTOLOGY);
  if (!Array.isArray(ontology?.concepts) || !Array.isArray(ontology.relations))
    throw new InputError(`${ontologyFile} lacks concepts or relations.`, ONTOLOGY);
  const train = join(folder, 'train.jsonl');
  const examples =
    withExamples && existsSync(train) ? examplesOfText2kg(readInput(train, LINES)) : [];
  return {
    name: basename(folder),
    schema: schemaOfText2kg(ontology, examples),
    labels: {
      concepts: ontology.concepts.map((one) => one.label),
      relations: ontology.relations.map((one) => one.label),
    },
    sentences: linesOf<TruthLine>(join(folder, 'ground-truth.jsonl')).map(
      ({ id, sent, triples }) => ({
        id,
        text: sent,
        truth: triples.map(({ sub, rel, obj }) => [sub, rel, obj] as const),
      }),
    ),
  };
}

function linesOf<T>(file: string): T[] {
  return readInput(file, LINES)
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, i) => parsed<T>(`${file}, line ${i + 1}`, line, LINES));
}

interface Ontology {
  readonly concepts: { label: string }[];
  readonly relations: { label: string }[];
}

const ONTOLOGY = 'an ontology {concepts: [{label}], relations: [{label}]}';
const LINES = 'one JSON object a line {id, sent, triples: [{sub, rel, obj}]}';

function parsed<T>(place: string, json: string, form: string): T {
  try {
    return JSON.parse(json) as T;
  } catch (error) {
    throw new InputError(`${place} is no JSON: ${(error as Error).message}`, form, error);
  }
}
