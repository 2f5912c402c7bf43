/** An ontology file of any known kind -> schema. The kind is told by what is in it, not by its name. */

import type { Schema } from '../types.ts';
import { SchemaFormatError } from './errors.ts';
import { schemaOfInput } from './own-json.ts';
import { schemaOfRdf } from './rdf.ts';
import { schemaOfText2kg } from './text2kg.ts';

/** @throws SchemaFormatError */
export function importSchema(text: string): Schema {
  const body = text.replace(/^\uFEFF/, '').trim();
  if (body === '')
    throw new SchemaFormatError('The file is empty.', 'Give an ontology in JSON or Turtle.');
  if (/^<\?xml|^<rdf:RDF/i.test(body))
    throw new SchemaFormatError(
      'The file is RDF/XML, which is not read.',
      'Turn it into Turtle first, for example with "rapper -o turtle" or Protégé.',
    );
  return /^[{[]/.test(body) ? schemaOfJson(body) : schemaOfRdf(body);
}

function schemaOfJson(text: string): Schema {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    // A Turtle file may begin with a blank node: "[ a owl:Ontology ] ."
    if (text.startsWith('[')) return schemaOfRdf(text);
    throw new SchemaFormatError(
      `The file is not valid JSON: ${(error as Error).message}`,
      'Correct it, or give Turtle.',
    );
  }
  const isText2kg = typeof value === 'object' && value !== null && 'concepts' in value;
  return isText2kg ? schemaOfText2kg(value) : schemaOfInput(value);
}
