/** Conversations as the answers see them: what was said before, and what is added. */
import type { Conversation, ConversationStore, CorpusStore } from '../graph/index.ts';
import type { AnswerOutcome, EarlierTurn } from '../retrieval/index.ts';
import type { Answer } from './contract/index.ts';
import { HttpError, notFound } from './problems.ts';

export interface ConversationParts {
  readonly corpus: CorpusStore;
  readonly conversations: ConversationStore;
}

/** Throws HttpError 404, for one of another workspace too. */
export function conversationOf(
  { conversations }: ConversationParts,
  workspaceId: string,
  id: string,
): Conversation {
  const conversation = conversations.conversation(id);
  if (conversation?.workspaceId !== workspaceId) throw notFound('conversation', id);
  return conversation;
}

/** In order; answers that cannot be gone on from, because nothing was read for them, are passed over. */
export function earlierTurns(
  { corpus, conversations }: ConversationParts,
  conversationId: string,
): EarlierTurn[] {
  const known = new Set<string>();
  return conversations.turns(conversationId).flatMap(({ answerId, said }) => {
    const stored = corpus.answer(answerId);
    const answer = stored && (JSON.parse(stored.body) as Answer);
    if (!answer?.reuse) return [];
    // Passages of the turns before are shown with every answer, but stand in the prompt once.
    const chunkIds = answer.context.map((each) => each.chunk_id).filter((id) => !known.has(id));
    for (const id of chunkIds) known.add(id);
    const text = answer.kind === 'none' ? answer.reader_text : answer.text;
    const marked = markedWords(answer);
    return [
      {
        question: answer.question,
        answer: text,
        chunkIds,
        ...(marked !== undefined && { marked }),
        ...(said && { said }),
      },
    ];
  });
}

/** The words of the last cited sentence that answer; none where the documents did not say. */
function markedWords({ kind, citations }: Answer): string | undefined {
  if (kind === 'none') return '';
  const last = citations.at(-1);
  if (!last?.answer_span) return undefined;
  const { answer_span: words, span, text } = last;
  return text.slice(words.start - span.start, words.end - span.start);
}

/** Adds an answer that has come to its end. */
export function addTurn(
  { conversations }: ConversationParts,
  conversationId: string,
  answer: Answer,
  { saidIds }: AnswerOutcome,
  tokenizer: string,
): void {
  if (answer.status !== 'completed' && answer.status !== 'incomplete') return;
  conversations.append(conversationId, {
    answerId: answer.id,
    ...(saidIds && { said: { tokenizer, ids: saidIds } }),
  });
}

export function conversationIsBusy(id: string): HttpError {
  return new HttpError(
    409,
    'conversation_busy',
    `An answer of conversation ${id} is being made`,
    'Wait until it has ended, or cancel it, then ask again.',
  );
}
