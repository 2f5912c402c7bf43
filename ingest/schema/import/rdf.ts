/** Ontologies in OWL or RDF Schema, as Turtle, N-Triples, N-Quads or TriG. */

import { Parser, Store, type Term } from 'n3';
import type { RelationDefinition, Schema } from '../types.ts';
import { SchemaFormatError } from './errors.ts';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const RDFS = 'http://www.w3.org/2000/01/rdf-schema#';
const OWL = 'http://www.w3.org/2002/07/owl#';
const SKOS = 'http://www.w3.org/2004/02/skos/core#';
const XSD = 'http://www.w3.org/2001/XMLSchema#';

const CLASSES = [`${OWL}Class`, `${RDFS}Class`];
const PROPERTIES = [
  `${OWL}ObjectProperty`,
  `${OWL}DatatypeProperty`,
  `${OWL}FunctionalProperty`,
  `${RDF}Property`,
];
/** Data types that say what kind of thing the object is. */
const VALUE_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^(date|dateTime|gYear|gYearMonth|time)$/, 'date'],
  [/^(integer|int|long|decimal|float|double|nonNegativeInteger|positiveInteger)$/, 'number'],
];

/** @throws SchemaFormatError if the text is not RDF, or states no property */
export function schemaOfRdf(text: string): Schema {
  const store = parse(text);
  const properties = subjectsOfTypes(store, PROPERTIES);
  if (properties.length === 0)
    throw new SchemaFormatError(
      'The file is RDF, but states no property.',
      'Give an ontology with owl:ObjectProperty, owl:DatatypeProperty or rdf:Property.',
    );
  const relations = properties.map((one) => relationOf(store, one));
  const used = relations.flatMap((one) => [...one.domain, ...one.range]);
  const classes = new Set([...subjectsOfTypes(store, CLASSES), ...used]);
  return {
    title: titleOf(store),
    entityTypes: [...classes].map((id) => ({ id, ...wordsOf(store, id) })),
    relations,
    examples: [],
  };
}

function parse(text: string): Store {
  try {
    return new Store(new Parser().parse(text));
  } catch (error) {
    throw new SchemaFormatError(
      `The file is not Turtle: ${(error as Error).message}`,
      'Give Turtle or N-Triples; RDF/XML can be turned into Turtle, for example with "rapper -o turtle".',
    );
  }
}

function subjectsOfTypes(store: Store, types: readonly string[]): string[] {
  const found = types.flatMap((type) => store.getSubjects(`${RDF}type`, type, null));
  // Classes without a name are restrictions of others.
  return [...new Set(found.filter((one) => one.termType === 'NamedNode').map((one) => one.value))];
}

function relationOf(store: Store, id: string): RelationDefinition {
  const ends = (predicate: string): string[] =>
    store
      .getObjects(id, `${RDFS}${predicate}`, null)
      .flatMap((one) => namedClasses(store, one))
      .filter((one) => one !== `${OWL}Thing` && !one.startsWith(RDFS));
  const isFunctional = store.countQuads(id, `${RDF}type`, `${OWL}FunctionalProperty`, null) > 0;
  return {
    id,
    ...wordsOf(store, id),
    domain: [...new Set(ends('domain'))],
    range: [...new Set(ends('range').flatMap(valueType))],
    functional: isFunctional,
  };
}

/** A class, or the members of an `owl:unionOf`. */
function namedClasses(store: Store, term: Term): string[] {
  if (term.termType === 'NamedNode') return [term.value];
  const [list] = store.getObjects(term, `${OWL}unionOf`, null);
  return list === undefined ? [] : listMembers(store, list, new Set());
}

function listMembers(store: Store, list: Term, seen: Set<string>): string[] {
  if (list.value === `${RDF}nil` || seen.has(list.value)) return [];
  seen.add(list.value);
  const [first] = store.getObjects(list, `${RDF}first`, null);
  const [rest] = store.getObjects(list, `${RDF}rest`, null);
  const own = first?.termType === 'NamedNode' ? [first.value] : [];
  return rest === undefined ? own : [...own, ...listMembers(store, rest, seen)];
}

/** Dates and numbers are types of their own; a plain string is anything. */
function valueType(id: string): string[] {
  if (!id.startsWith(XSD)) return [id];
  const name = id.slice(XSD.length);
  const known = VALUE_TYPES.find(([pattern]) => pattern.test(name));
  return known === undefined ? [] : [known[1]];
}

function wordsOf(
  store: Store,
  id: string,
): { label: string; aliases: string[]; description: string } {
  const texts = (iri: string): string[] => {
    const all = store.getObjects(id, iri, null).filter((one) => one.termType === 'Literal');
    const english = all.filter((one) =>
      /^(en\b.*)?$/i.test((one as { language: string }).language),
    );
    return (english.length > 0 ? english : all).map((one) => one.value.trim());
  };
  const labels = [...texts(`${SKOS}prefLabel`), ...texts(`${RDFS}label`)];
  const [label = localName(id), ...more] = labels.filter((one) => one !== '');
  return {
    label,
    aliases: [...new Set([...more, ...texts(`${SKOS}altLabel`)])].filter((one) => one !== label),
    description: [...texts(`${RDFS}comment`), ...texts(`${SKOS}definition`)][0] ?? '',
  };
}

/** `https://example.org/film#castMember` -> "cast member". */
function localName(id: string): string {
  const name = decoded(id.split(/[#/:]/).findLast((part) => part !== '') ?? id);
  return name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/[_-]+/g, ' ')
    .toLowerCase();
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function titleOf(store: Store): string {
  const [ontology] = store.getSubjects(`${RDF}type`, `${OWL}Ontology`, null);
  return ontology?.termType === 'NamedNode' ? wordsOf(store, ontology.value).label : '';
}
