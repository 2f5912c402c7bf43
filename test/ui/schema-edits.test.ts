import { expect, test } from 'vitest';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import {
  lineOf,
  namesIn,
  newRelation,
  newType,
  withRelation,
  withType,
  withoutRelation,
  withoutType,
} from '../../ui/schema/edits.ts';

const relation = { aliases: [], description: '', functional: false };
const schema: WorkspaceSchema = {
  title: 'Ships',
  entity_types: [
    { id: 'ship', label: 'Ship', aliases: [], description: '' },
    { id: 'yard', label: 'Yard', aliases: ['wharf'], description: 'Where ships are built.' },
  ],
  relations: [
    { ...relation, id: 'built', label: 'built', domain: ['yard'], range: ['ship'] },
    { ...relation, id: 'met', label: 'met', domain: ['ship', 'yard'], range: [] },
  ],
  examples: [
    { text: 'Archer built the Fram.', subject: 'Archer', relation: 'built', object: 'Fram' },
  ],
  revision: 3,
  updated_at: null,
  restated: { documents: 2, waiting: 0 },
};

test('a type that is added is called by its label, behind the others', () => {
  const { entity_types: types } = withType(schema, { ...newType(), label: 'Port' });
  expect(types.map(({ id, label }) => [id, label])).toEqual([
    ['ship', 'Ship'],
    ['yard', 'Yard'],
    ['Port', 'Port'],
  ]);
});

test('a type that is renamed keeps its id, its place and what relations say of it', () => {
  const changed = withType(schema, { ...schema.entity_types[0]!, label: 'Vessel' });
  expect(changed.entity_types[0]).toMatchObject({ id: 'ship', label: 'Vessel' });
  expect(changed.relations).toEqual(schema.relations);
});

test('a type that is removed leaves the ends of relations', () => {
  const { entity_types: types, relations } = withoutType(schema, 'yard');
  expect(types.map(({ id }) => id)).toEqual(['ship']);
  expect(relations.map(({ domain, range }) => [domain, range])).toEqual([
    [[], ['ship']],
    [['ship'], []],
  ]);
});

test('a relation is added, changed and removed with its examples', () => {
  const added = withRelation(schema, { ...newRelation(), label: 'owns', functional: true });
  expect(added.relations.at(-1)).toMatchObject({ id: 'owns', functional: true, domain: [] });
  const changed = withRelation(schema, { ...schema.relations[0]!, label: 'has built' });
  expect(changed.relations.map(({ id, label }) => [id, label])).toEqual([
    ['built', 'has built'],
    ['met', 'met'],
  ]);
  const removed = withoutRelation(schema, 'built');
  expect(removed.relations.map(({ id }) => id)).toEqual(['met']);
  expect(removed.examples).toEqual([]);
});

test('what stands for the server is not sent back to it', () => {
  const sent = withType(schema, { ...newType(), label: 'Port' });
  expect(Object.keys(sent).sort()).toEqual([
    'entity_types',
    'examples',
    'expected_revision',
    'relations',
    'title',
  ]);
  expect(sent.expected_revision).toBe(3);
});

test('names stand between commas, each once', () => {
  expect(namesIn(' wharf, dock ,, wharf,')).toEqual(['wharf', 'dock']);
  expect(namesIn(' , ')).toEqual([]);
});

test('a line that was not changed keeps the names with commas in them', () => {
  const before = ['Ships, Yards and Co.', 'wharf'];
  expect(namesIn(lineOf(before), before)).toEqual(before);
  expect(namesIn(`${lineOf(before)}, dock`, before)).toEqual([
    'Ships',
    'Yards and Co.',
    'wharf',
    'dock',
  ]);
});
