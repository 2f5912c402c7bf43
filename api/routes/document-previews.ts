/** Dry runs: what handing in or deleting a document would do to the graph. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  incomingFolder,
  previewDeletion,
  previewUpdate,
  type NewDocument,
} from '../../ingest/index.ts';
import type { Platform } from '../platform.ts';
import type { Reply } from '../route.ts';
import { previewView, someOf } from '../views/identity.ts';
import { documentOf } from './parameters.ts';

export async function previewRemoval(platform: Platform, ws: string, id: string): Promise<Reply> {
  documentOf(platform, ws, id);
  const { change, chunks, facts, entities } = await previewDeletion(platform.stores, ws, id);
  return {
    body: {
      dry_run: true,
      document_id: id,
      chunks_removed: chunks,
      facts_removed: change.factsRemoved,
      facts_kept: change.factsKept,
      entities_removed: change.entitiesRemoved,
      entities_kept: change.entitiesKept,
      examples: {
        facts_removed: someOf(facts.removed),
        facts_kept: someOf(facts.kept),
        entities_removed: someOf(entities.removed),
      },
    },
  };
}

/** @param bytes in memory, or in a file that the caller removes */
export async function previewOf(
  platform: Platform,
  document: NewDocument,
  bytes: Uint8Array | { readonly path: string },
  signal: AbortSignal,
): Promise<Reply> {
  if ('path' in bytes) return preview(platform, document, bytes.path, signal);
  const path = join(incomingFolder(platform.config.home), `preview-${randomUUID()}`);
  try {
    await writeFile(path, bytes);
    return await preview(platform, document, path, signal);
  } finally {
    await rm(path, { force: true });
  }
}

async function preview(
  platform: Platform,
  { workspaceId, externalKey, name, mediaType }: NewDocument,
  path: string,
  signal: AbortSignal,
): Promise<Reply> {
  const { config, stores } = platform;
  const known = stores.corpus.documentByKey(workspaceId, externalKey);
  const found = await previewUpdate(
    {
      ...stores,
      tokenizer: platform.tokenizer(),
      limits: { timeoutMs: config.parseTimeoutMs, maxBytes: config.maxUploadBytes },
    },
    workspaceId,
    known?.id ?? 'doc_preview',
    { path, name, mediaType },
    signal,
  );
  const isSame = known !== undefined && known.contentHash === (await sha256(path));
  const outcome = isSame ? 'unchanged' : known ? 'updated' : 'created';
  return { body: previewView(found, known?.id ?? null, outcome) };
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('hex');
}
