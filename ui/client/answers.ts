/** Stored answers. Answers under way are in live-answers.ts. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import type { Answer, PageOf } from '../../api/contract/index.ts';
import { getJson, queryString, workspacePath } from './http.ts';

export const answerKey = (id: string) => ['answers', 'one', id];
export const historyKey = (workspaceId: string) => ['answers', 'history', workspaceId];

/** An answer that another tab, or this one before a reload, is still waiting for is asked for again. */
export function useStoredAnswer(id: string, enabled: boolean) {
  return useQuery({
    queryKey: answerKey(id),
    queryFn: ({ signal }) => getJson<Answer>(`/v1/answers/${encodeURIComponent(id)}`, signal),
    enabled,
    staleTime: 60_000,
    refetchInterval: (query) => (query.state.data?.status === 'in_progress' ? 1_000 : false),
  });
}

export function useHistory(workspaceId: string) {
  return useInfiniteQuery({
    queryKey: historyKey(workspaceId),
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const params = queryString({ limit: 20, after: pageParam });
      return getJson<PageOf<Answer>>(`${workspacePath(workspaceId)}/answers${params}`, signal);
    },
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
  });
}
