import { createHash } from 'node:crypto';
import type { Entity, Fact, Rule, RuleAtom } from '../../graph/index.ts';
import { factPaths, NotFoundError, normalizeRelation } from '../../graph/index.ts';
import {
  communityQuerySchema,
  communitySchema,
  type FactPathView,
  pageQuerySchema,
  pageSchema,
  pathQuerySchema,
  pathsSchema,
  rankedSchema,
  rankingQuerySchema,
  ruleQuerySchema,
  ruleSchema,
  type Community,
  type GraphRule,
} from '../contract/index.ts';
import { type Analysis, GraphAnalyses } from '../graph-analysis/analyses.ts';
import { type CommunityLevel, factsById, levelsOf } from '../graph-analysis/communities.ts';
import type { Platform } from '../platform.ts';
import { notFound } from '../problems.ts';
import { route, type Route } from '../route.ts';
import { entityView, factViews } from '../views/graph.ts';
import { pageOf, workspaceOf, workspaceParams } from './parameters.ts';
import { whileOpen } from './while-open.ts';

const tag = 'Graph';

export function graphAnalysisRoutes(platform: Platform): Route[] {
  const { corpus, graph, adjacency } = platform.stores;
  const analyses = new GraphAnalyses(adjacency);
  return [
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/graph/communities',
      tag,
      summary:
        'Communities of entities, the largest first, each with a summary in sentences of the documents',
      params: workspaceParams,
      query: pageQuerySchema.extend(communityQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(communitySchema) } },
      handle: async ({ params, query, response }) => {
        workspaceOf(platform, params.ws);
        const analysis = await analyses.of(params.ws, 'communities', whileOpen(response));
        const levels = levelsOf(analysis);
        const present = levels[query.level ?? levels.length - 1] ?? levels.at(-1)!;
        const coarser = levels[present.level + 1];
        const asked = query.entity_ids?.split(',').map((id) => id.trim());
        const contains = asked && present.communitiesOf(new Set(asked));
        const ids = present
          .ids(contains ? 1 : query.min_size)
          .filter((id) => !contains || contains.has(id));
        const page = pageAfter(ids, query, (id) => id);
        const data = await Promise.all(
          page.data.map((id) => communityView(params.ws, present, coarser, id, contains?.get(id))),
        );
        return { body: pageOf(data, page.hasMore) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/graph/paths',
      tag,
      summary: 'How two entities are connected: the shortest paths of facts between them',
      params: workspaceParams,
      query: pathQuerySchema,
      responses: { 200: { description: 'The paths', schema: pathsSchema } },
      handle: async ({ params, query }) => {
        workspaceOf(platform, params.ws);
        const [from, to] = [
          await entityFor(params.ws, query.from),
          await entityFor(params.ws, query.to),
        ];
        const nodes = await analyses.adjacency(params.ws);
        const { paths, exhausted } = factPaths(nodes, from.id, to.id, {
          maxLength: query.max_length,
          limit: query.limit,
        });
        const factIds = paths.flatMap((path) => path.facts.map(({ id }) => id));
        const facts = await factsById(graph, nodes, params.ws, [...new Set(factIds)]);
        const views = new Map(
          factViews(corpus, params.ws, [...facts.values()]).map((view) => [view.id, view]),
        );
        const entities = await entitiesById(
          params.ws,
          paths.flatMap((path) => path.entityIds),
        );
        return {
          body: {
            paths: paths.flatMap((path): FactPathView[] => {
              const ends = path.entityIds.flatMap((id) => entities.get(id) ?? []);
              const steps = path.facts.flatMap(({ id }) => views.get(id) ?? []);
              // What was deleted a moment ago is not a path any more.
              if (ends.length <= path.facts.length || steps.length < path.facts.length) return [];
              const forward = path.facts.map((step) => step.forward);
              return [{ entities: ends.map(entityView), facts: steps, forward, cost: path.cost }];
            }),
            complete: exhausted,
          },
        };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/graph/ranking',
      tag,
      summary: 'Entities by how central they are in the graph',
      params: workspaceParams,
      query: pageQuerySchema.extend(rankingQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(rankedSchema) } },
      handle: async ({ params, query, response }) => {
        workspaceOf(platform, params.ws);
        const { result, names } = await analyses.of(params.ws, query.by, whileOpen(response));
        const order = [...result.keys()].sort((a, b) => result[b]! - result[a]! || a - b);
        const start =
          query.after === undefined
            ? 0
            : placeAfter(
                order.map((entity) => names.entityId(entity)),
                query.after,
              );
        const data = [];
        let place = start;
        // One more than the page holds tells whether there are more.
        for (; place < order.length && data.length <= query.limit; place++) {
          const entity = await graph.entity(params.ws, names.entityId(order[place]!));
          if (!entity || (query.type && entity.type !== query.type)) continue;
          const score = result[order[place]!]!;
          data.push({ id: entity.id, rank: place + 1, score, entity: entityView(entity) });
        }
        return { body: pageOf(data.slice(0, query.limit), data.length > query.limit) };
      },
    }),
    route({
      method: 'get',
      path: '/v1/workspaces/{ws}/graph/rules',
      tag,
      summary: 'Rules that the facts follow, the surest first',
      params: workspaceParams,
      query: pageQuerySchema.extend(ruleQuerySchema.shape),
      responses: { 200: { description: 'A page', schema: pageSchema(ruleSchema) } },
      handle: async ({ params, query, response }) => {
        workspaceOf(platform, params.ws);
        const analysis = await analyses.of(params.ws, 'rules', whileOpen(response));
        const wanted = query.relation === undefined ? undefined : normalizeRelation(query.relation);
        const rules = analysis.result.filter(
          (rule) =>
            rule.support >= query.min_support &&
            rule.pcaConfidence >= query.min_confidence &&
            (wanted === undefined || analysis.names.relation(rule.head) === wanted),
        );
        const page = pageAfter(
          rules.map((rule) => ruleView(analysis, rule)),
          query,
          ({ id }) => id,
        );
        return { body: pageOf(page.data, page.hasMore) };
      },
    }),
  ];

  async function communityView(
    ws: string,
    level: CommunityLevel,
    coarser: CommunityLevel | undefined,
    id: string,
    contains: readonly string[] | undefined,
  ): Promise<Community> {
    const outline = level.outline(id, coarser);
    const found = await factsById(graph, await analyses.adjacency(ws), ws, outline.factIds);
    const ordered = outline.factIds.flatMap((factId): Fact[] => {
      const fact = found.get(factId);
      return fact ? [fact] : [];
    });
    const facts = factViews(corpus, ws, ordered);
    const entities = await entitiesById(
      ws,
      outline.entities.map((each) => each.id),
    );
    return {
      id,
      level: outline.level,
      parent_id: outline.parentId ?? null,
      entity_count: outline.entityCount,
      fact_count: outline.factCount,
      entities: outline.entities.flatMap(({ id: entityId, score }) => {
        const entity = entities.get(entityId);
        return entity ? [{ id: entityId, name: entity.name, type: entity.type, score }] : [];
      }),
      facts,
      summary: summaryOf(facts),
      contains: [...(contains ?? [])],
    };
  }

  async function entitiesById(ws: string, ids: readonly string[]): Promise<Map<string, Entity>> {
    const unique = [...new Set(ids)];
    const found = await Promise.all(unique.map((id) => graph.entity(ws, id)));
    return new Map(found.flatMap((entity) => (entity ? [[entity.id, entity]] : [])));
  }

  /** Of several entities with this name, the one that is mentioned most. */
  async function entityFor(ws: string, idOrName: string): Promise<Entity> {
    const entity = await graph.entity(ws, idOrName);
    if (entity) return entity;
    const named = (await graph.entitiesByName(ws, [idOrName])).get(idOrName) ?? [];
    const [best] = named.toSorted((a, b) => b.mentionCount - a.mentionCount);
    if (!best) throw notFound('entity', idOrName);
    return best;
  }
}

interface PageQuery {
  readonly limit: number;
  readonly after?: string;
}

/** Throws NotFoundError for a cursor that is not in the list, as stores do. */
function pageAfter<Item>(
  items: readonly Item[],
  { limit, after }: PageQuery,
  idOf: (item: Item) => string,
): { data: Item[]; hasMore: boolean } {
  const start = after === undefined ? 0 : placeAfter(items.map(idOf), after);
  return { data: items.slice(start, start + limit), hasMore: items.length > start + limit };
}

function placeAfter(ids: readonly string[], after: string): number {
  const place = ids.indexOf(after);
  if (place < 0) throw new NotFoundError('page cursor', after);
  return place + 1;
}

/** The first sentence that says each fact, without repetitions. */
function summaryOf(facts: Community['facts']): Community['summary'] {
  const sentences = facts.flatMap(({ support }) => support.slice(0, 1));
  const seen = new Set<string>();
  return sentences.flatMap((each) => {
    if (each.sentence_text === '' || seen.has(each.sentence_text)) return [];
    seen.add(each.sentence_text);
    const { document_id, document_title, chunk_id } = each;
    return [
      { text: each.sentence_text, document_id, document_title, chunk_id, span: each.sentence },
    ];
  });
}

function ruleView({ names }: Analysis<'rules'>, rule: Rule): GraphRule {
  const variables = rule.body.length === 1 ? [['x', 'y']] : [['x', 'z'], ['z', 'y']]; // prettier-ignore
  const atom = ({ relation, inverse }: RuleAtom, place: number): string => {
    const [first, second] = variables[place]!;
    const ends = inverse ? [second, first] : [first, second];
    return `${names.relation(relation)}(${ends.join(', ')})`;
  };
  const head = names.relation(rule.head);
  const text = `${rule.body.map(atom).join(' & ')} => ${head}(x, y)`;
  return {
    id: `rul_${createHash('sha256').update(text).digest('hex').slice(0, 20)}`,
    text,
    body: rule.body.map(({ relation, inverse }) => ({
      relation: names.relation(relation),
      inverse,
    })),
    head,
    support: rule.support,
    head_coverage: rule.headCoverage,
    confidence: rule.confidence,
    pca_confidence: rule.pcaConfidence,
  };
}
