/**
 * RDF as N-Triples. Entities are `urn:graphblend:entity:<id>` with rdfs:label, rdf:type and skos:altLabel;
 * relations are `urn:graphblend:relation:<percent-encoded>`. A fact is a triple, and a reified rdf:Statement
 * with its confidence, polarity and time: a denied fact stands as the statement alone.
 */
import { Parser } from 'n3';
import type { Quad, Term } from 'n3';
import type { Entity, Fact } from '../types.ts';
import { GraphFileError } from './errors.ts';
import { confidenceOf, typeOf, validOf } from './types.ts';
import type { ExchangedEntity, ExchangedFact, ExchangedGraph, GraphWriter } from './types.ts';

const RDF = 'http://www.w3.org/1999/02/22-rdf-syntax-ns#';
const LABEL = 'http://www.w3.org/2000/01/rdf-schema#label';
const ALT_LABEL = 'http://www.w3.org/2004/02/skos/core#altLabel';
const XSD = 'http://www.w3.org/2001/XMLSchema#';
const OURS = 'urn:graphblend:';
const ENTITY = `${OURS}entity:`;
const RELATION = `${OURS}relation:`;
const TYPE = `${OURS}type:`;
const FACT = `${OURS}fact:`;
const [CONFIDENCE, NEGATED, FROM, TO] = ['confidence', 'negated', 'validFrom', 'validTo'].map(
  (name) => OURS + name,
) as [string, string, string, string];

export const nTriplesWriter: GraphWriter = {
  head: '',
  entities: (page) => page.map(entityLines).join(''),
  facts: (page) => page.map(factLines).join(''),
  tail: '',
};

const line = (subject: string, predicate: string, object: string): string =>
  `<${subject}> <${predicate}> ${object} .\n`;

function entityLines({ id, name, type, aliases }: Entity): string {
  const iri = ENTITY + id;
  return [
    line(iri, LABEL, literal(name)),
    line(iri, `${RDF}type`, `<${TYPE}${type}>`),
    ...aliases.map((alias) => line(iri, ALT_LABEL, literal(alias))),
  ].join('');
}

function factLines(fact: Fact): string {
  const { id, subject, relation, object, confidence, negated } = fact;
  const predicate = RELATION + percentEncoded(relation);
  const [s, o] = [ENTITY + subject.id, ENTITY + object.id];
  const { from, to } = validOf(fact) ?? {};
  const iri = FACT + id;
  return [
    negated ? '' : line(s, predicate, `<${o}>`),
    line(iri, `${RDF}type`, `<${RDF}Statement>`),
    line(iri, `${RDF}subject`, `<${s}>`),
    line(iri, `${RDF}predicate`, `<${predicate}>`),
    line(iri, `${RDF}object`, `<${o}>`),
    line(iri, CONFIDENCE, `${literal(String(confidence))}^^<${XSD}double>`),
    negated ? line(iri, NEGATED, `"true"^^<${XSD}boolean>`) : '',
    from === undefined ? '' : line(iri, FROM, literal(from)),
    to === undefined ? '' : line(iri, TO, literal(to)),
  ].join('');
}

function literal(text: string): string {
  const escaped = text.replace(/["\\\p{Cc}\u2028\u2029]/gu, (sign) =>
    sign === '"' || sign === '\\'
      ? `\\${sign}`
      : `\\u${sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return `"${escaped}"`;
}

/** Lone surrogates have no UTF-8: they become U+FFFD. */
function percentEncoded(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\uFFFD')).replace(
    /['()*!]/gu,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Any N-Triples: nodes are named by their label, else by the end of their IRI. Throws GraphFileError. */
export function readNTriples(text: string): ExchangedGraph {
  const quads = parse(text);
  const names = namesIn(quads);
  const statements = statementsIn(quads);
  const described = new Set<string>();
  const facts: ExchangedFact[] = [];
  for (const about of statements.values()) {
    const fact = stated(about, names);
    if (!fact) continue;
    facts.push(fact);
    described.add(pairKey(about));
  }
  for (const { subject, predicate, object } of quads) {
    if (ABOUT_NODES.has(predicate.value) || statements.has(subject.value)) continue;
    const plain = { subject, predicate, object };
    if (described.has(pairKey(plain))) continue;
    facts.push(factOf(plain, names));
  }
  return { entities: [...names.values()], facts };
}

function parse(text: string): Quad[] {
  try {
    return new Parser({ format: 'N-Triples' }).parse(text);
  } catch (error) {
    const { message, context } = error as Error & { context?: { line?: number } };
    throw new GraphFileError(`not N-Triples: ${message}`, context?.line);
  }
}

const ABOUT_NODES = new Set([LABEL, ALT_LABEL, `${RDF}type`]);

/** Nodes that the file describes. */
function namesIn(quads: readonly Quad[]): Map<string, ExchangedEntity> {
  const labels = new Map<string, string>();
  const types = new Map<string, string>();
  const aliases = new Map<string, string[]>();
  for (const { subject, predicate, object } of quads) {
    const iri = subject.value;
    if (predicate.value === LABEL) labels.set(iri, object.value);
    if (predicate.value === `${RDF}type`) types.set(iri, object.value);
    if (predicate.value === ALT_LABEL)
      aliases.set(iri, [...(aliases.get(iri) ?? []), object.value]);
  }
  return new Map(
    [...labels].map(([iri, name]) => [
      iri,
      { name, type: typeOf(endOfIri(types.get(iri) ?? '')), aliases: aliases.get(iri) ?? [] },
    ]),
  );
}

interface Triple {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
}

interface Statement extends Partial<Triple> {
  confidence?: string;
  negated?: boolean;
  from?: string;
  to?: string;
}

function statementsIn(quads: readonly Quad[]): Map<string, Statement> {
  const found = new Map<string, { -readonly [Field in keyof Statement]: Statement[Field] }>();
  for (const { subject, predicate, object } of quads) {
    if (predicate.value === `${RDF}type` && object.value === `${RDF}Statement`)
      found.set(subject.value, {});
  }
  for (const { subject, predicate, object } of quads) {
    const about = found.get(subject.value);
    if (!about) continue;
    if (predicate.value === `${RDF}subject`) about.subject = object;
    if (predicate.value === `${RDF}predicate`) about.predicate = object;
    if (predicate.value === `${RDF}object`) about.object = object;
    if (predicate.value === CONFIDENCE) about.confidence = object.value;
    if (predicate.value === NEGATED) about.negated = object.value === 'true';
    if (predicate.value === FROM) about.from = object.value;
    if (predicate.value === TO) about.to = object.value;
  }
  return found;
}

function stated(
  about: Statement,
  names: ReadonlyMap<string, ExchangedEntity>,
): ExchangedFact | undefined {
  const { subject, predicate, object, from, to } = about;
  if (!subject || !predicate || !object) return undefined;
  const valid = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return {
    ...factOf({ subject, predicate, object }, names),
    confidence: confidenceOf(about.confidence),
    negated: about.negated ?? false,
    ...(Object.keys(valid).length > 0 && { valid }),
  };
}

function factOf(
  { subject, predicate, object }: Triple,
  names: ReadonlyMap<string, ExchangedEntity>,
): ExchangedFact {
  const relation = endOfIri(predicate.value);
  return {
    subject: endOf(subject, names),
    // Camel case and underscores are how RDF writes words.
    relation: predicate.value.startsWith(RELATION)
      ? relation
      : relation.replace(/(?<=\p{Ll})(?=\p{Lu})|_/gu, ' ').toLowerCase(),
    object: endOf(object, names),
    confidence: 1,
    negated: false,
  };
}

function endOf(term: Term, names: ReadonlyMap<string, ExchangedEntity>): ExchangedFact['subject'] {
  const known = names.get(term.value);
  if (known) return { name: known.name, type: known.type };
  if (term.termType !== 'Literal') return { name: endOfIri(term.value), type: 'thing' };
  const datatype = term.datatype.value;
  if (/#(date|dateTime|gYear|gYearMonth)$/.test(datatype))
    return { name: term.value, type: 'date' };
  if (/#(integer|decimal|double|float|int|long)$/.test(datatype))
    return { name: term.value, type: 'quantity' };
  return { name: term.value, type: 'thing' };
}

/** What stands behind the last `#`, `/` or `:`, decoded; the whole if nothing does. */
function endOfIri(iri: string): string {
  const end = iri.startsWith(RELATION) ? iri.slice(RELATION.length) : /[^#/:]*$/.exec(iri)![0];
  if (end === '') return iri;
  try {
    return decodeURIComponent(end);
  } catch {
    return end;
  }
}

function pairKey({ subject, predicate, object }: Partial<Triple>): string {
  return JSON.stringify([subject?.value, predicate?.value, object?.value]);
}
