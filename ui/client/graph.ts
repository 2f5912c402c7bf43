/** Entities, facts and neighbourhoods. */
import { keepPreviousData, useQueries, useQuery } from '@tanstack/react-query';
import type {
  Community,
  Entity,
  Fact,
  FactPaths,
  Neighbourhood,
  PageOf,
} from '../../api/contract/index.ts';
import { getJson, queryString, workspacePath } from './http.ts';

export function useEntitySearch(workspaceId: string, query: string) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'entities', query],
    queryFn: ({ signal }) => {
      const params = queryString({ query, limit: 12 });
      return getJson<PageOf<Entity>>(`${workspacePath(workspaceId)}/entities${params}`, signal);
    },
    placeholderData: keepPreviousData,
  });
}

const shownAsStart = 12;

/** The entities mentioned most that lead somewhere: with facts, and not a bare date or number. */
export function useStartingEntities(workspaceId: string) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'starting entities'],
    queryFn: async ({ signal }) => {
      const path = `${workspacePath(workspaceId)}/entities${queryString({ limit: 100 })}`;
      const { data } = await getJson<PageOf<Entity>>(path, signal);
      return data
        .filter(
          ({ type, fact_count: facts }) => facts > 0 && type !== 'date' && type !== 'quantity',
        )
        .slice(0, shownAsStart);
    },
  });
}

export function useNeighbourhoods(workspaceId: string, entityIds: string[], limit: number) {
  return useQueries({
    queries: entityIds.map((id) => ({
      queryKey: ['graph', workspaceId, 'neighbourhood', id, limit],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const path = `${workspacePath(workspaceId)}/entities/${encodeURIComponent(id)}/neighbourhood`;
        return getJson<Neighbourhood>(`${path}${queryString({ depth: 1, limit })}`, signal);
      },
      staleTime: 30_000,
    })),
  });
}

/** The largest communities of the graph, with what the documents say of them. */
export function useCommunities(workspaceId: string) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'communities'],
    queryFn: ({ signal }) => {
      const path = `${workspacePath(workspaceId)}/graph/communities`;
      return getJson<PageOf<Community>>(`${path}${queryString({ limit: 8 })}`, signal);
    },
  });
}

/** The shortest ways along facts from one entity to another; none is looked for while `to` is null. */
export function useFactPaths(workspaceId: string, from: string, to: string | null) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'paths', from, to],
    queryFn: ({ signal }) => {
      const path = `${workspacePath(workspaceId)}/graph/paths`;
      return getJson<FactPaths>(`${path}${queryString({ from, to: to ?? '', limit: 3 })}`, signal);
    },
    enabled: to !== null,
  });
}

export function useDocumentFacts(workspaceId: string, documentId: string) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'facts', documentId],
    queryFn: ({ signal }) => {
      const params = queryString({ document_id: documentId, limit: 200 });
      return getJson<PageOf<Fact>>(`${workspacePath(workspaceId)}/facts${params}`, signal);
    },
  });
}

export function useEntity(workspaceId: string, id: string | undefined) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'entity', id],
    enabled: id !== undefined,
    queryFn: ({ signal }) =>
      getJson<Entity>(
        `${workspacePath(workspaceId)}/entities/${encodeURIComponent(id ?? '')}`,
        signal,
      ),
  });
}

export function useEntityFacts(workspaceId: string, entityId: string) {
  return useQuery({
    queryKey: ['graph', workspaceId, 'facts of', entityId],
    queryFn: ({ signal }) => {
      const params = queryString({ entity_id: entityId, limit: 200 });
      return getJson<PageOf<Fact>>(`${workspacePath(workspaceId)}/facts${params}`, signal);
    },
  });
}
