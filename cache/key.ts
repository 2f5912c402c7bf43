/**
 * The key of a chunk's KV cache. Whatever changes the numbers, or who may see them, changes the key:
 * HMAC-SHA256 under the workspace's salt over tagged, length-prefixed fields. Length prefixes keep
 * ("ab","c") and ("a","bc") apart; the HMAC keeps one tenant from probing what another has cached.
 */
import { createHmac } from 'node:crypto';
import { WorkspaceSaltError } from './errors.ts';

export interface ChunkKvIdentity {
  /** Fingerprint of the model: config, weights, weight kind, layout. */
  readonly model: string;
  readonly tokenizer: string;
  /** Token ids in front of every chunk (chat template and system prompt). */
  readonly prefixIds: Int32Array;
  readonly chunkIds: Int32Array;
  /** What stood between prefix and chunk when it was computed; 'plain' for nothing. */
  readonly variant: string;
  readonly codec: string;
  /** Secret of the workspace, hex. */
  readonly workspaceSalt: string;
}

/** 64 hex characters. Throws WorkspaceSaltError. */
export function chunkKvKey(identity: ChunkKvIdentity): string {
  const hmac = createHmac('sha256', saltBytes(identity.workspaceSalt));
  const field = (tag: string, value: string | Int32Array): void => {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : littleEndian(value);
    hmac.update(`${tag}:${bytes.length}:`);
    hmac.update(bytes);
  };
  field('format', 'graphblend-kv-1');
  field('model', identity.model);
  field('tokenizer', identity.tokenizer);
  field('prefix', identity.prefixIds);
  field('chunk', identity.chunkIds);
  field('variant', identity.variant);
  field('codec', identity.codec);
  return hmac.digest('hex');
}

/** A name that only its workspace can make, for what is kept in memory. Throws WorkspaceSaltError. */
export function workspaceSpace(purpose: string, workspaceSalt: string): string {
  return createHmac('sha256', saltBytes(workspaceSalt)).update(`space:${purpose}`).digest('hex');
}

/** `Buffer.from` stops silently at what is not hex: a bad salt would be an empty one, shared by all tenants. */
function saltBytes(salt: string): Buffer {
  if (!/^([0-9a-f]{2}){16,}$/i.test(salt)) throw new WorkspaceSaltError();
  return Buffer.from(salt, 'hex');
}

function littleEndian(ids: Int32Array): Buffer {
  const bytes = Buffer.allocUnsafe(ids.length * 4);
  ids.forEach((id, i) => bytes.writeInt32LE(id, i * 4));
  return bytes;
}
