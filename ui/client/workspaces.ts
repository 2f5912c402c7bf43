import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PageOf, Workspace } from '../../api/contract/index.ts';
import { getJson, sendJson, workspacePath } from './http.ts';

export function useWorkspaces() {
  return useQuery({
    queryKey: ['workspaces'],
    queryFn: ({ signal }) => getJson<PageOf<Workspace>>('/v1/workspaces?limit=200', signal),
  });
}

export function useWorkspace(id: string) {
  return useQuery({
    queryKey: ['workspaces', id],
    queryFn: ({ signal }) => getJson<Workspace>(workspacePath(id), signal),
  });
}

export function useCreateWorkspace() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (name: string) => sendJson<Workspace>('POST', '/v1/workspaces', { name }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['workspaces'] }),
  });
}
