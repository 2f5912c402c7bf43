/** Conversations: answers that go on from one another. */
import { z } from 'zod';
import { answerSchema } from './answers.ts';

export const conversationSchema = z
  .object({
    id: z.string(),
    workspace_id: z.string(),
    title: z.string(),
    turns: z.int(),
    created_at: z.iso.datetime(),
    updated_at: z.iso.datetime(),
  })
  .meta({ id: 'Conversation' });

export const conversationDetailSchema = conversationSchema
  .extend({ answers: z.array(answerSchema).meta({ description: 'In the order of the turns.' }) })
  .meta({ id: 'ConversationDetail' });

export const conversationCreateSchema = z
  .strictObject({
    title: z.string().trim().max(200).default(''),
    answer_id: z.string().min(1).max(100).optional().meta({
      description: 'An answer of the workspace that becomes the first turn.',
    }),
  })
  .meta({ id: 'ConversationCreate' });

export type ConversationDetail = z.infer<typeof conversationDetailSchema>;
export type Conversation = z.infer<typeof conversationSchema>;
