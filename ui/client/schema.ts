/** The schema of a workspace: read, changed, imported, taken away. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { getJson, sendJson, workspacePath } from './http.ts';

/** What is sent to replace a schema. */
export type SchemaInput = Pick<
  WorkspaceSchema,
  'title' | 'entity_types' | 'relations' | 'examples'
>;

const schemaPath = (workspaceId: string) => `${workspacePath(workspaceId)}/schema`;

/** How often it is asked how far the documents are. */
const whileWaitingMs = 1_000;

export function useSchema(workspaceId: string) {
  return useQuery({
    queryKey: ['schema', workspaceId],
    queryFn: ({ signal }) => getJson<WorkspaceSchema>(schemaPath(workspaceId), signal),
    refetchInterval: ({ state }) =>
      (state.data?.restated.waiting ?? 0) > 0 ? whileWaitingMs : false,
  });
}

/** A change restates every fact: all of the graph is fetched anew. */
export function useSchemaActions(workspaceId: string) {
  const client = useQueryClient();
  const onSettled = () => {
    void client.invalidateQueries({ queryKey: ['schema', workspaceId] });
    void client.invalidateQueries({ queryKey: ['graph', workspaceId] });
  };
  const load = useMutation({
    mutationFn: (content: string) =>
      sendJson<WorkspaceSchema>('POST', `${schemaPath(workspaceId)}/import`, { content }),
    onSettled,
  });
  const put = useMutation({
    mutationFn: (schema: SchemaInput) =>
      sendJson<WorkspaceSchema>('PUT', schemaPath(workspaceId), schema),
    onSettled,
  });
  const remove = useMutation({
    mutationFn: () => sendJson<null>('DELETE', schemaPath(workspaceId)),
    onSettled,
  });
  return { load, put, remove };
}
