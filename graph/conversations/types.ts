/** Conversations: which answers were given one after the other. */
import type { Page, PageRequest } from '../types.ts';

export interface Conversation {
  readonly id: string;
  readonly workspaceId: string;
  /** Empty until somebody gives it one. */
  readonly title: string;
  readonly turns: number;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** An answer with the tokens it was said in, which a reader's cache knows it by. */
export interface ConversationTurn {
  readonly answerId: string;
  /** Absent where they were not kept: then the text is encoded anew. */
  readonly said?: { readonly tokenizer: string; readonly ids: Int32Array };
}

/** Port. A conversation belongs to one workspace and ends with it; deleting one keeps its answers. */
export interface ConversationStore {
  /** Throws NotFoundError if there is no such workspace. */
  create(workspaceId: string, title: string): Conversation;
  conversation(id: string): Conversation | undefined;
  /** Newest first. */
  conversations(workspaceId: string, page: PageRequest): Page<Conversation>;
  delete(id: string): void;
  /** In order. */
  turns(id: string): ConversationTurn[];
  /** Returns the number of the turn, from 1 on; undefined if the conversation or the answer is gone. */
  append(id: string, turn: ConversationTurn): number | undefined;
}
