/** Documents of a workspace: lists, one document, its text and chunks. */
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import type {
  AcceptedDocument,
  Chunk,
  Document,
  DocumentCreate,
  DocumentText,
  PageOf,
  RemovalPreview,
} from '../../api/contract/index.ts';
import { getJson, queryString, send, sendJson, workspacePath } from './http.ts';

const documentPath = (workspaceId: string, id: string) =>
  `${workspacePath(workspaceId)}/documents/${encodeURIComponent(id)}`;

export const originalPath = (workspaceId: string, id: string) =>
  `${documentPath(workspaceId, id)}/original`;

export function useDocuments(workspaceId: string, query: string, status: string) {
  return useInfiniteQuery({
    queryKey: ['documents', workspaceId, 'list', query, status],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }) => {
      const params = queryString({ limit: 50, after: pageParam, query, status });
      return getJson<PageOf<Document>>(`${workspacePath(workspaceId)}/documents${params}`, signal);
    },
    getNextPageParam: (page) => (page.has_more ? page.last_id : null),
    placeholderData: keepPreviousData,
  });
}

export function useDocument(workspaceId: string, id: string) {
  return useQuery({
    queryKey: ['documents', workspaceId, id],
    queryFn: ({ signal }) => getJson<Document>(documentPath(workspaceId, id), signal),
  });
}

export function useDocumentText(workspaceId: string, id: string) {
  return useQuery({
    queryKey: ['documents', workspaceId, id, 'text'],
    queryFn: ({ signal }) => getJson<DocumentText>(`${documentPath(workspaceId, id)}/text`, signal),
    staleTime: 60_000,
  });
}

/** All chunks of a document, page after page. */
export function useChunks(workspaceId: string, id: string) {
  return useQuery({
    queryKey: ['documents', workspaceId, id, 'chunks'],
    queryFn: async ({ signal }) => {
      const chunks: Chunk[] = [];
      for (let after: string | undefined; ;) {
        const params = queryString({ limit: 200, after });
        const page = await getJson<PageOf<Chunk>>(
          `${documentPath(workspaceId, id)}/chunks${params}`,
          signal,
        );
        chunks.push(...page.data);
        if (!page.has_more || page.last_id === null) return chunks;
        after = page.last_id;
      }
    },
    staleTime: 60_000,
  });
}

export type Addition = File | DocumentCreate;

export async function addDocument(
  workspaceId: string,
  addition: Addition,
): Promise<AcceptedDocument> {
  const path = `${workspacePath(workspaceId)}/documents`;
  if (!(addition instanceof File)) return sendJson('POST', path, addition);
  const form = new FormData();
  form.set('file', addition, addition.name);
  return (await send(path, { method: 'POST', form })).json() as Promise<AcceptedDocument>;
}

export function useRemovalPreview(workspaceId: string, id: string) {
  return useQuery({
    queryKey: ['documents', workspaceId, id, 'removal'],
    queryFn: () =>
      sendJson<RemovalPreview>('DELETE', `${documentPath(workspaceId, id)}?dry_run=true`),
    gcTime: 0,
  });
}

/** What can be done to one document; each refreshes the lists when it is through. */
export function useDocumentActions(workspaceId: string) {
  const client = useQueryClient();
  const onSettled = () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['documents', workspaceId] }),
      client.invalidateQueries({ queryKey: ['jobs', workspaceId] }),
    ]);
  const remove = useMutation({
    mutationFn: (id: string) => sendJson('DELETE', documentPath(workspaceId, id)),
    onSettled,
  });
  const enable = useMutation({
    mutationFn: ({ id, enabled }: { id: string; enabled: boolean }) =>
      sendJson<Document>('PATCH', documentPath(workspaceId, id), { enabled }),
    onSettled,
  });
  const pin = useMutation({
    mutationFn: ({ id, pinned }: { id: string; pinned: boolean }) =>
      sendJson<Document>('PATCH', documentPath(workspaceId, id), { pinned }),
    onSettled,
  });
  return { remove, enable, pin };
}
