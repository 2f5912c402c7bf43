/** The engine's service on a tiny reader, without a thread; its embedder is not used. */
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskTier, type DiskTierOptions } from '../../cache/disk-tier.ts';
import { KvStore } from '../../cache/kv-store.ts';
import { RamTier } from '../../cache/ram-tier.ts';
import { EngineService, type EngineServiceParts } from '../../cache/service.ts';
import type { SharedTierOptions, KvCodecName } from '../../cache/index.ts';
import { openRedisTier } from '../../cache/shared/redis-tier.ts';
import { openS3Tier } from '../../cache/shared/s3-tier.ts';
import { SharedFiles } from '../../cache/shared/shared-files.ts';
import type { KvFault } from '../../cache/engine-options.ts';
import {
  loadDecoder,
  loadTokenizer,
  type DecoderRunner,
  type EmbedderRunner,
} from '../../engine/index.ts';

export const SALT = 'ab'.repeat(32);
const MODEL = join(import.meta.dirname, '..', 'engine', 'fixtures', 'llama-gqa');
export const BUNDLED_READER = join(import.meta.dirname, '..', '..', 'models', 'reader');

const runners = new Map<string, DecoderRunner>();

export interface OpenService {
  readonly service: EngineService;
  readonly folder: string;
  readonly faults: KvFault[];
  readonly shared: SharedFiles | undefined;
}

/** A folder below the system's folder for temporary files; the test removes `temporaryFolders` at its end. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'graphblend-service-'));
  temporaryFolders.push(folder);
  return folder;
}

export const temporaryFolders: string[] = [];

export function openService(
  options: {
    folder?: string;
    cacheDir?: string;
    ramBytes?: number;
    write?: DiskTierOptions['write'];
    shared?: SharedTierOptions;
    codec?: KvCodecName;
    fidelity?: EngineServiceParts['fidelity'];
    prefixBytes?: number;
    limits?: EngineServiceParts['limits'];
    variants?: boolean;
    /** Folder of a checkpoint; default: a tiny one. */
    model?: string;
  } = {},
): OpenService {
  const folder = options.folder ?? temporary();
  const cacheDir = options.cacheDir ?? temporary();
  const model = options.model ?? MODEL;
  const runner =
    runners.get(model) ?? loadDecoder({ folder: model, cacheDir, weights: 'fp32', threads: 1 });
  runners.set(model, runner);
  const faults: KvFault[] = [];
  const disk = new DiskTier({
    directory: folder,
    budgetBytes: 1e9,
    write: options.write,
    onFault: (fault) => faults.push(fault),
  });
  const shared =
    options.shared &&
    new SharedFiles({
      tier:
        options.shared.kind === 's3' ? openS3Tier(options.shared) : openRedisTier(options.shared),
      onFault: (fault) => faults.push(fault),
    });
  const service = new EngineService({
    runner,
    tokenizer: loadTokenizer(model),
    embedder: undefined as unknown as EmbedderRunner,
    store: new KvStore({
      ram: new RamTier(options.ramBytes ?? 1e8),
      disk,
      ...(shared && { shared }),
    }),
    codec: options.codec ?? 'fp16',
    prefixBytes: options.prefixBytes,
    limits: options.limits,
    variants: options.variants,
    ...(options.fidelity && { fidelity: options.fidelity }),
  });
  return { service, folder, faults, shared };
}
