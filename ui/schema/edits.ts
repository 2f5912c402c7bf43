/** A schema with one of its types or relations added, changed or taken out. An id stays when a label changes. */
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import type { SchemaInput } from '../client/schema.ts';

export type EntityType = WorkspaceSchema['entity_types'][number];
export type Relation = WorkspaceSchema['relations'][number];

export const newType = (): EntityType => ({ id: '', label: '', aliases: [], description: '' });

export const newRelation = (): Relation => ({
  ...newType(),
  domain: [],
  range: [],
  functional: false,
});

export function withType(schema: WorkspaceSchema, type: EntityType): SchemaInput {
  return { ...inputOf(schema), entity_types: placed(schema.entity_types, type) };
}

export function withRelation(schema: WorkspaceSchema, relation: Relation): SchemaInput {
  return { ...inputOf(schema), relations: placed(schema.relations, relation) };
}

/** Relations that asked for the type ask for what is left: for anything, if nothing is. */
export function withoutType(schema: WorkspaceSchema, id: string): SchemaInput {
  const others = (ids: readonly string[]) => ids.filter((each) => each !== id);
  return {
    ...inputOf(schema),
    entity_types: schema.entity_types.filter((type) => type.id !== id),
    relations: schema.relations.map((relation) => ({
      ...relation,
      domain: others(relation.domain),
      range: others(relation.range),
    })),
  };
}

export function withoutRelation(schema: WorkspaceSchema, id: string): SchemaInput {
  return {
    ...inputOf(schema),
    relations: schema.relations.filter((relation) => relation.id !== id),
    examples: schema.examples.filter((example) => example.relation !== id),
  };
}

/** As a line to be changed. */
export const lineOf = (names: readonly string[]): string => names.join(', ');

/** Of a line in which commas part them. One that was not changed says what it said: a name may have a comma in it. */
export function namesIn(line: string, before: readonly string[] = []): string[] {
  if (line === lineOf(before)) return [...before];
  return [...new Set(line.split(',').map((name) => name.trim()))].filter((name) => name !== '');
}

function inputOf(schema: WorkspaceSchema): SchemaInput {
  const { title, entity_types, relations, examples, revision } = schema;
  return { title, entity_types, relations, examples, expected_revision: revision };
}

/** In its place, or behind all others; a new one is called by its label. */
function placed<Item extends EntityType>(list: readonly Item[], item: Item): Item[] {
  if (item.id === '') return [...list, { ...item, id: item.label }];
  return list.map((each) => (each.id === item.id ? item : each));
}
