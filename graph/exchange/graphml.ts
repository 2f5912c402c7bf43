/** GraphML, as Gephi, yEd and networkx read it: entities are nodes, facts are edges. */
import { Parser } from 'htmlparser2';
import type { Entity, Fact } from '../types.ts';
import { GraphFileError } from './errors.ts';
import { confidenceOf, typeOf, validOf } from './types.ts';
import type { ExchangedEntity, ExchangedFact, ExchangedGraph, GraphWriter } from './types.ts';

const NODE_KEYS = ['name', 'type', 'aliases'] as const;
const EDGE_KEYS = {
  relation: 'string',
  confidence: 'double',
  negated: 'boolean',
  from: 'string',
  to: 'string',
};

export const graphMlWriter: GraphWriter = {
  head: [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">',
    ...NODE_KEYS.map(
      (name) => `<key id="${name}" for="node" attr.name="${name}" attr.type="string"/>`,
    ),
    ...Object.entries(EDGE_KEYS).map(
      ([name, type]) => `<key id="${name}" for="edge" attr.name="${name}" attr.type="${type}"/>`,
    ),
    '<graph edgedefault="directed">',
    '',
  ].join('\n'),
  entities: (page) => page.map(node).join(''),
  facts: (page) => page.map(edge).join(''),
  tail: '</graph>\n</graphml>\n',
};

const data = (key: string, value: string): string => `<data key="${key}">${escaped(value)}</data>`;

function node({ id, name, type, aliases }: Entity): string {
  const more = aliases.length > 0 ? data('aliases', JSON.stringify(aliases)) : '';
  return `<node id="${escaped(id)}">${data('name', name)}${data('type', type)}${more}</node>\n`;
}

function edge(fact: Fact): string {
  const { id, subject, relation, object, confidence, negated } = fact;
  const { from, to } = validOf(fact) ?? {};
  const ends = `source="${escaped(subject.id)}" target="${escaped(object.id)}"`;
  const values = [
    data('relation', relation),
    data('confidence', String(confidence)),
    data('negated', String(negated)),
    from === undefined ? '' : data('from', from),
    to === undefined ? '' : data('to', to),
  ];
  return `<edge id="${escaped(id)}" ${ends}>${values.join('')}</edge>\n`;
}

/** XML 1.0 has no way to write these characters: they become U+FFFD. */
// oxlint-disable-next-line no-misleading-character-class
const NOT_IN_XML = /[\u0000-\u0008\u000B\u000C\u000E-\u001F\uFFFE\uFFFF]|\p{Surrogate}/gu;

function escaped(text: string): string {
  return text
    .replace(NOT_IN_XML, '\uFFFD')
    .replace(/[&<>"'\r\n\t]/gu, (sign) => `&#${sign.codePointAt(0)!};`);
}

interface Element {
  readonly kind: 'node' | 'edge';
  readonly attributes: Readonly<Record<string, string>>;
  readonly values: Map<string, string>;
}

/** Nodes without a name are named by their id, edges without a relation by their label or "related to". */
export function readGraphMl(text: string): ExchangedGraph {
  const names = new Map<string, string>();
  const elements: Element[] = [];
  let seen = false;
  let closed = /<graphml[^>]*\/>/.test(text);
  let key: string | undefined;
  let open: Element | undefined;
  const parser = new Parser(
    {
      onopentag: (tag, attributes) => {
        if (tag === 'graphml') seen = true;
        if (tag === 'key')
          names.set(attributes.id ?? '', attributes['attr.name'] ?? attributes.id ?? '');
        if (tag === 'data') key = names.get(attributes.key ?? '') ?? attributes.key;
        if (tag === 'node' || tag === 'edge') {
          elements.push((open = { kind: tag, attributes, values: new Map() }));
        }
      },
      ontext: (part) => {
        if (open && key !== undefined) open.values.set(key, (open.values.get(key) ?? '') + part);
      },
      onclosetag: (tag, isImplied) => {
        if (tag === 'graphml') closed ||= !isImplied;
        if (tag === 'data') key = undefined;
        if (tag === open?.kind) open = undefined;
      },
    },
    { xmlMode: true, decodeEntities: true },
  );
  parser.end(text);
  if (!seen) throw new GraphFileError('expected GraphML: there is no <graphml> element.');
  if (!closed) {
    throw new GraphFileError('the file ends before </graphml>: was it cut off?');
  }
  return graphOf(elements);
}

function graphOf(elements: readonly Element[]): ExchangedGraph {
  const nodes = new Map<string, ExchangedEntity>();
  for (const { kind, attributes, values } of elements) {
    if (kind !== 'node') continue;
    const id = attributes.id ?? '';
    const name = values.get('name') ?? values.get('label') ?? id;
    nodes.set(id, {
      name,
      type: typeOf(values.get('type')),
      aliases: listIn(values.get('aliases')),
    });
  }
  const facts = elements.flatMap((element): ExchangedFact[] => {
    if (element.kind !== 'edge') return [];
    const { source = '', target = '' } = element.attributes;
    return [factOf(element, endOf(nodes, source), endOf(nodes, target))];
  });
  return { entities: [...nodes.values()], facts };
}

function endOf(nodes: ReadonlyMap<string, ExchangedEntity>, id: string): ExchangedFact['subject'] {
  const known = nodes.get(id);
  if (!known)
    throw new GraphFileError(`an edge names the node ${JSON.stringify(id)}, which is not there.`);
  return { name: known.name, type: known.type };
}

function factOf(
  { values }: Element,
  subject: ExchangedFact['subject'],
  object: ExchangedFact['object'],
): ExchangedFact {
  const [from, to] = [values.get('from'), values.get('to')];
  const valid = { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
  return {
    subject,
    relation: values.get('relation') ?? values.get('label') ?? 'related to',
    object,
    confidence: confidenceOf(values.get('confidence')),
    negated: values.get('negated') === 'true',
    ...(Object.keys(valid).length > 0 && { valid }),
  };
}

function listIn(json: string | undefined): string[] {
  if (json === undefined) return [];
  try {
    const list: unknown = JSON.parse(json);
    return Array.isArray(list)
      ? list.filter((each): each is string => typeof each === 'string')
      : [];
  } catch {
    return [json];
  }
}
