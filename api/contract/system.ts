/** What the server says about itself. */
import { z } from 'zod';

export const statusSchema = z
  .object({
    version: z.string(),
    ready: z.boolean(),
    reader: z.object({
      name: z.string(),
      parameters: z.int(),
      layers: z.int(),
      weights: z.string(),
      max_positions: z.int(),
      fingerprint: z.string(),
    }),
    embedder: z.object({ name: z.string(), dimensions: z.int(), fingerprint: z.string() }),
    stores: z.object({
      graph: z.string(),
      graph_available: z.boolean().meta({
        description: 'False while Neo4j is away: searches go without links, and jobs wait.',
      }),
      queue: z.string(),
      vectors: z.string(),
      lexical: z.string(),
    }),
    kv: z.object({
      entries: z.int(),
      disk_bytes: z.int(),
      ram_bytes: z.int(),
      hits: z.int(),
      misses: z.int(),
      pinned_bytes: z.int(),
      prompt_bytes: z.int().meta({ description: 'In memory: what earlier prompts have read.' }),
      storing: z.boolean().meta({
        description:
          'False while the disk takes no more, as when it is full: answers go on, and nothing new is stored.',
      }),
      write_failures: z.int(),
    }),
    queue: z.object({ waiting: z.int(), active: z.int(), delayed: z.int() }),
    process: z.object({ rss_bytes: z.int(), uptime_seconds: z.number(), threads: z.int() }),
  })
  .meta({ id: 'Status' });

export type Status = z.infer<typeof statusSchema>;
