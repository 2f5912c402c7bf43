/** An engine thread on a cache of its own, ended and removed after use. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../../api/index.ts';
import { startEngine, type EngineClient, type KvCodecName } from '../../../cache/index.ts';
import type { WeightKind } from '../../../engine/index.ts';

export interface EngineChoice {
  readonly model?: string;
  readonly codec: KvCodecName;
  readonly weights: WeightKind;
}

export async function withEngine<T>(
  choice: EngineChoice,
  use: (client: EngineClient) => Promise<T>,
): Promise<T> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-blend-'));
  try {
    const thread = await startEngine({
      readerFolder: choice.model ?? join(packageRoot(), 'models', 'reader'),
      embedderFolder: join(packageRoot(), 'models', 'embedder'),
      modelCacheFolder: join(home, 'models'),
      kvFolder: join(home, 'kv'),
      kvDiskBytes: 8e9,
      // Every chunk is read from its file, as after a while without questions.
      kvRamBytes: 0,
      codec: choice.codec,
      weights: choice.weights,
      threads: 2,
    });
    try {
      return await use(thread.client);
    } finally {
      await thread.close();
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}
