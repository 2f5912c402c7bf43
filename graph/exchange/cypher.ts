/**
 * A Cypher script that makes the graph in any Neo4j: `cypher-shell -f graph.cypher`. One statement a line;
 * names stand in it as string literals (see `quoted`). Export only: a script is a program, and we run none
 * that we are given.
 */
import type { Entity, Fact } from '../types.ts';
import { validOf } from './types.ts';
import type { GraphWriter } from './types.ts';

const ROWS = 100;

export const cypherWriter: GraphWriter = {
  head: 'CREATE CONSTRAINT graphblend_exported IF NOT EXISTS FOR (e:Entity) REQUIRE e.id IS UNIQUE;\n',
  entities: (page) =>
    statements(
      page.map(entityLiteral),
      (rows) => `UNWIND ${rows} AS row MERGE (e:Entity {id: row.id}) SET e += row;`,
    ),
  facts: (page) =>
    statements(
      page.map(factLiteral),
      (rows) =>
        `UNWIND ${rows} AS row MATCH (s:Entity {id: row.subject}) MATCH (o:Entity {id: row.object}) ` +
        'MERGE (s)-[f:FACT {id: row.id}]->(o) SET f += row.properties;',
    ),
  tail: '',
};

function statements(literals: readonly string[], statement: (rows: string) => string): string {
  let text = '';
  for (let i = 0; i < literals.length; i += ROWS) {
    text += `${statement(`[${literals.slice(i, i + ROWS).join(', ')}]`)}\n`;
  }
  return text;
}

function entityLiteral({ id, name, type, aliases }: Entity): string {
  const list = `[${aliases.map(quoted).join(', ')}]`;
  return `{id: ${quoted(id)}, name: ${quoted(name)}, type: ${quoted(type)}, aliases: ${list}}`;
}

function factLiteral(fact: Fact): string {
  const { id, subject, relation, object, confidence, negated } = fact;
  const { from, to } = validOf(fact) ?? {};
  const properties = [
    `relation: ${quoted(relation)}`,
    `confidence: ${confidence.toFixed(6)}`,
    `negated: ${negated}`,
    ...(from === undefined ? [] : [`validFrom: ${quoted(from)}`]),
    ...(to === undefined ? [] : [`validTo: ${quoted(to)}`]),
  ];
  return `{id: ${quoted(id)}, subject: ${quoted(subject.id)}, object: ${quoted(object.id)}, properties: {${properties.join(', ')}}}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "'": "\\'",
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/**
 * Cypher reads \uXXXX before it looks for strings: as such an escape a quote would END the string, and a
 * backslash of the text must never come to stand before a "u". So the string is cut in two there.
 */
function quoted(text: string): string {
  const safe = text.replace(/\\(u?)|['\p{Cc}]/giu, (sign, u?: string) => {
    if (sign.startsWith('\\')) return u ? `\\\\' + '${u}` : '\\\\';
    return ESCAPES[sign] ?? `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
  return `'${safe}'`;
}
