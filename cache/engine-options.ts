/** What the engine's process is started with, and what it says about itself. */
import type { LoadProgress, WeightKind } from '../engine/index.ts';
import type { KvCodecName } from './codecs/index.ts';
import type { SharedTierOptions } from './shared/types.ts';
import type { RpcError } from './rpc/messages.ts';

export interface EngineOptions {
  readonly readerFolder: string;
  readonly embedderFolder: string;
  /** Of the embedder whose vectors still serve; passed over if it cannot be loaded. */
  readonly formerEmbedderFolder?: string;
  /** A cross-encoder, if one shall have a say in the order of passages. */
  readonly rerankerFolder?: string;
  /** Where compiled models are kept. */
  readonly modelCacheFolder: string;
  readonly kvFolder: string;
  readonly kvDiskBytes: number;
  readonly kvRamBytes: number;
  /** Memory for rows of earlier prompts, which conversations and full reads go on from. Default: none are kept. */
  readonly prefixBytes?: number;
  /** Whether chunks are stored behind others too, where that gains enough. Default false. */
  readonly variants?: boolean;
  /** A store that several servers share, behind RAM and disk. */
  readonly sharedKv?: SharedTierOptions;
  readonly codec: KvCodecName;
  /** How many live answers are compared with a full read (0..1), and what share of equal tokens is wanted. Default: none. */
  readonly fidelity?: { readonly sampled: number; readonly wanted: number };
  readonly weights: WeightKind;
  /** Threads of one matrix product, at most: small models use one, see thread-count.ts. */
  readonly threads: number;
}

export interface KvFault {
  readonly kind:
    | 'damaged'
    | 'write_failed'
    | 'shared_read_failed'
    | 'shared_write_failed'
    | 'blending_refused';
  /** Empty where it is about no single file. */
  readonly key: string;
  readonly reason: string;
}

/** How far loading is. */
export interface EngineLoading extends LoadProgress {
  /** The folder's name. */
  readonly model: string;
}

export type EngineMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'failed'; readonly error: RpcError }
  | { readonly kind: 'fault'; readonly fault: KvFault }
  | { readonly kind: 'loading'; readonly loading: EngineLoading };
