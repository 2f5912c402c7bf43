/** Conversations: answers that go on from one another. */
import { useQuery } from '@tanstack/react-query';
import type { Answer, Conversation, ConversationDetail } from '../../api/contract/index.ts';
import { getJson, sendJson, workspacePath } from './http.ts';

/** The conversation an answer belongs to, begun with it if there is none; undefined where nothing can follow. */
export async function conversationAfter(answer: Answer): Promise<string | undefined> {
  if (answer.conversation_id !== undefined) return answer.conversation_id;
  const path = `${workspacePath(answer.workspace_id)}/conversations`;
  const made = await sendJson<Conversation>('POST', path, { answer_id: answer.id });
  return made.id;
}

/** `latest`: what was last seen of it; when that changes, it is read again. */
export function useConversation(id: string | undefined, latest: string) {
  return useQuery({
    queryKey: ['conversations', id, latest],
    queryFn: ({ signal }) =>
      getJson<ConversationDetail>(`/v1/conversations/${encodeURIComponent(id ?? '')}`, signal),
    enabled: id !== undefined,
    staleTime: 60_000,
  });
}
