/** Shapes shared by all routes: spans, pages, problems. */
import { z } from 'zod';

export const spanSchema = z
  .object({ start: z.int().min(0), end: z.int().min(0) })
  .meta({ id: 'Span', description: 'Half-open range of UTF-16 offsets into the document text.' });

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.string(),
    fix: z.string().meta({ description: 'What the caller can do about it.' }),
    request_id: z.string(),
    errors: z
      .array(z.object({ path: z.string(), expected: z.string() }))
      .optional()
      .meta({ description: 'Each field that was refused, and why.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

export const storedErrorSchema = z
  .object({ code: z.string(), message: z.string(), fix: z.string() })
  .meta({ id: 'StoredError' });

export function pageSchema<T extends z.ZodType>(item: T) {
  return z.object({ data: z.array(item), has_more: z.boolean(), last_id: z.string().nullable() });
}

export const pageQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().max(100).optional(),
});

export type Span = z.infer<typeof spanSchema>;
export type Problem = z.infer<typeof problemSchema>;
export type PageOf<T> = { data: T[]; has_more: boolean; last_id: string | null };
