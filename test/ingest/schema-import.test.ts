import { describe, expect, test } from 'vitest';
import { importSchema, SchemaFormatError } from '../../ingest/schema/index.ts';

const TURTLE = `
@prefix : <https://example.org/film#> .
@prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<https://example.org/film> a owl:Ontology ; rdfs:label "Films"@en .
:Film a owl:Class ; rdfs:label "film"@en, "Film"@de ; skos:altLabel "movie"@en .
:Person a owl:Class .
:directedBy a owl:ObjectProperty, owl:FunctionalProperty ;
  rdfs:label "director"@en ; rdfs:domain [ owl:unionOf ( :Film :TvSeries ) ] ; rdfs:range :Person ;
  rdfs:comment "Who directed it."@en .
:releaseDate a owl:DatatypeProperty ; rdfs:domain :Film ; rdfs:range xsd:date .
:tagLine a owl:DatatypeProperty ; rdfs:range xsd:string .
`;

describe('an ontology file', () => {
  test('in Turtle gives types, relations, unions, functional properties and names from IRIs', () => {
    const schema = importSchema(TURTLE);
    expect(schema.title).toBe('Films');
    const film = 'https://example.org/film#Film';
    expect(schema.entityTypes.find((one) => one.id === film)).toMatchObject({
      label: 'film',
      aliases: ['movie'],
    });
    expect(schema.entityTypes.map((one) => one.label)).toContain('tv series');
    const byLabel = new Map(schema.relations.map((one) => [one.label, one]));
    expect(byLabel.get('director')).toMatchObject({
      functional: true,
      domain: [film, 'https://example.org/film#TvSeries'],
      range: ['https://example.org/film#Person'],
      description: 'Who directed it.',
    });
    expect(byLabel.get('release date')).toMatchObject({ functional: false, range: ['date'] });
    expect(byLabel.get('tag line')?.range).toEqual([]);
  });

  test('of Text2KGBench joins a relation that it has twice', () => {
    const schema = importSchema(
      JSON.stringify({
        title: 'T',
        concepts: [
          { qid: 'Q1', label: 'human' },
          { qid: 'Q2', label: 'club' },
        ],
        relations: [
          { pid: 'P1', label: 'league', domain: 'Q1', range: 'Q2' },
          { pid: 'P1', label: 'league', domain: 'Q2', range: 'Q99' },
        ],
      }),
    );
    expect(schema.relations).toMatchObject([
      { id: 'P1', label: 'league', domain: ['Q1', 'Q2'], range: ['Q2'] },
    ]);
  });

  test('in our own JSON may leave out what is usual, and name types by label', () => {
    const schema = importSchema(
      JSON.stringify({
        entity_types: [{ id: 'p', label: 'person' }],
        relations: [{ label: 'works for', domain: ['person'] }],
      }),
    );
    expect(schema.relations).toMatchObject([
      { id: 'works for', label: 'works for', domain: ['p'], range: [], functional: false },
    ]);
  });

  test.each([
    ['nothing', '  '],
    ['RDF/XML', '<?xml version="1.0"?><rdf:RDF/>'],
    ['prose', 'This is no ontology at all.'],
    ['broken JSON', '{"relations": ['],
    ['JSON of another form', '{"hello": 1}'],
    ['Turtle without properties', '<a:b> <c:d> "e" .'],
    ['two relations of one name', '{"relations": [{"label": "a"}, {"label": "a"}]}'],
    ['an unknown range', '{"relations": [{"label": "a", "range": ["ghost"]}]}'],
  ])('that is %s is refused with what to do', (_name, text) => {
    let error: unknown;
    try {
      importSchema(text);
    } catch (caught) {
      error = caught;
    }
    expect(error).toBeInstanceOf(SchemaFormatError);
    expect((error as SchemaFormatError).fix).toMatch(/\w/);
  });
});
