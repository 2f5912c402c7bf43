/** Text2KGBench's `ontology.json` (and the `train.jsonl` beside it as examples). */

import { z } from 'zod';
import type { RelationDefinition, Schema, SchemaExample } from '../types.ts';
import { SchemaFormatError } from './errors.ts';

const ontologySchema = z.object({
  title: z.string().default(''),
  concepts: z.array(z.object({ qid: z.string(), label: z.string() })),
  relations: z.array(
    z.object({
      pid: z.string(),
      label: z.string(),
      domain: z.string().default(''),
      range: z.string().default(''),
    }),
  ),
});

const exampleSchema = z.object({
  sent: z.string(),
  sub_label: z.string(),
  rel_label: z.string(),
  obj_label: z.string(),
});

/** Relations that the file has twice, for several types, become one with all of them. */
export function schemaOfText2kg(value: unknown, examples: readonly SchemaExample[] = []): Schema {
  const read = ontologySchema.safeParse(value);
  if (!read.success)
    throw new SchemaFormatError(
      `The ontology does not have the form of Text2KGBench: ${z.prettifyError(read.error)}`,
      'Expected {"title", "concepts": [{"qid", "label"}], "relations": [{"pid", "label", "domain", "range"}]}.',
    );
  const { title, concepts, relations } = read.data;
  const byLabel = new Map<string, { pid: string; domain: Set<string>; range: Set<string> }>();
  for (const { pid, label, domain, range } of relations) {
    const one = byLabel.get(label) ?? { pid, domain: new Set(), range: new Set() };
    byLabel.set(label, one);
    if (domain !== '') one.domain.add(domain);
    if (range !== '') one.range.add(range);
  }
  const known = new Set(concepts.map((one) => one.qid));
  return {
    title,
    entityTypes: concepts.map(({ qid, label }) => ({
      id: qid,
      label,
      aliases: [],
      description: '',
    })),
    relations: [...byLabel].map(([label, { pid, domain, range }]): RelationDefinition => ({
      id: pid,
      label,
      aliases: [],
      description: '',
      domain: [...domain].filter((id) => known.has(id)),
      range: [...range].filter((id) => known.has(id)),
      functional: false,
    })),
    examples,
  };
}

/** Lines of `train.jsonl`. @throws SchemaFormatError naming the line */
export function examplesOfText2kg(lines: string): SchemaExample[] {
  return lines
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      const read = exampleSchema.safeParse(jsonOr(line));
      if (!read.success)
        throw new SchemaFormatError(
          `Line ${index + 1} of the examples is not {"sent", "sub_label", "rel_label", "obj_label"}.`,
          'Give one JSON object a line, as in train.jsonl of Text2KGBench.',
        );
      const { sent, sub_label, rel_label, obj_label } = read.data;
      return { text: sent, subject: sub_label, relation: rel_label, object: obj_label };
    });
}

function jsonOr(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
