/** Which names mean the same: suggestions, decisions, history. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  IdentityEdit,
  IdentityRecord,
  MergeSuggestions,
  PageOf,
  SplitRequest,
  SplitSuggestion,
} from '../../api/contract/index.ts';
import { getJson, queryString, sendJson, workspacePath } from './http.ts';

const identityPath = (workspaceId: string) => `${workspacePath(workspaceId)}/identity`;
const entityPath = (workspaceId: string, id: string) =>
  `${workspacePath(workspaceId)}/entities/${encodeURIComponent(id)}`;

export function useMergeSuggestions(workspaceId: string, embeddings: boolean) {
  return useQuery({
    queryKey: ['identity', workspaceId, 'suggestions', embeddings],
    queryFn: ({ signal }) => {
      const params = queryString({ limit: 50, embeddings });
      return getJson<MergeSuggestions>(`${identityPath(workspaceId)}/suggestions${params}`, signal);
    },
  });
}

export function useSplitSuggestion(workspaceId: string, entityId: string) {
  return useQuery({
    queryKey: ['identity', workspaceId, 'split', entityId],
    queryFn: ({ signal }) =>
      getJson<SplitSuggestion>(`${entityPath(workspaceId, entityId)}/split-suggestion`, signal),
  });
}

export function useIdentityRecords(workspaceId: string) {
  return useQuery({
    queryKey: ['identity', workspaceId, 'records'],
    queryFn: ({ signal }) => {
      const params = queryString({ limit: 100 });
      return getJson<PageOf<IdentityRecord>>(
        `${identityPath(workspaceId)}/records${params}`,
        signal,
      );
    },
  });
}

/** Each decision changes names everywhere: all of the graph is fetched anew. */
export function useIdentityActions(workspaceId: string) {
  const client = useQueryClient();
  // Not waited for: what is fetched anew may take the dialog away before it has said what comes next.
  const onSettled = () => {
    void client.invalidateQueries({ queryKey: ['identity', workspaceId] });
    void client.invalidateQueries({ queryKey: ['graph', workspaceId] });
  };
  const post = (path: string, body: object) => sendJson<IdentityEdit>('POST', path, body);
  const merge = useMutation({
    mutationFn: (pair: { from: string; into: string }) =>
      post(`${identityPath(workspaceId)}/merges`, pair),
    onSettled,
  });
  const keepApart = useMutation({
    mutationFn: (pair: { a: string; b: string }) =>
      post(`${identityPath(workspaceId)}/distinct`, pair),
    onSettled,
  });
  const split = useMutation({
    mutationFn: ({ id, request }: { id: string; request: SplitRequest }) =>
      post(`${entityPath(workspaceId, id)}/split`, request),
    onSettled,
  });
  const undo = useMutation({
    mutationFn: (undoToken: string) =>
      post(`${identityPath(workspaceId)}/undo`, { undo_token: undoToken }),
    onSettled,
  });
  return { merge, keepApart, split, undo };
}
