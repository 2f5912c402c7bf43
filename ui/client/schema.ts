/** The schema of a workspace: read, changed, imported, taken away. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { WorkspaceSchema } from '../../api/contract/index.ts';
import { getJson, sendJson, workspacePath } from './http.ts';

/** What is sent to replace a schema; refused if that has changed since the expected revision. */
export type SchemaInput = Pick<
  WorkspaceSchema,
  'title' | 'entity_types' | 'relations' | 'examples'
> & { readonly expected_revision: number };

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
  const queryKey = ['schema', workspaceId];
  const onSettled = () => {
    void client.invalidateQueries({ queryKey });
    void client.invalidateQueries({ queryKey: ['graph', workspaceId] });
  };
  /** At once: a dialog opened next must not start from the former schema. */
  const onSuccess = async (schema: WorkspaceSchema) => {
    await client.cancelQueries({ queryKey });
    client.setQueryData(queryKey, schema);
  };
  const load = useMutation({
    mutationFn: (content: string) =>
      sendJson<WorkspaceSchema>('POST', `${schemaPath(workspaceId)}/import`, { content }),
    onSuccess,
    onSettled,
  });
  const put = useMutation({
    mutationFn: (schema: SchemaInput) =>
      sendJson<WorkspaceSchema>('PUT', schemaPath(workspaceId), schema),
    onSuccess,
    onSettled,
  });
  const remove = useMutation({
    mutationFn: () => sendJson<null>('DELETE', schemaPath(workspaceId)),
    onSettled,
  });
  return { load, put, remove };
}
