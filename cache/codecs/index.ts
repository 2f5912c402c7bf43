/** The codecs by name; docs/benchmarks.md has bytes, speed and cost in quality of each. */
import { fp16, fp32 } from './floats.ts';
import { quantised } from './quantised.ts';
import type { KvCodec, KvCodecName, LayerCodec } from './types.ts';

export { KV_CODECS, type KvCodec, type KvCodecName } from './types.ts';

const int8 = quantised({ bits: 8, keyTokens: 256, valueDims: 64, outliers: 0, precise: 0 });
const int4 = quantised({ bits: 4, keyTokens: 64, valueDims: 64, outliers: 0.001, precise: 0 });
const int2 = quantised({ bits: 2, keyTokens: 32, valueDims: 32, outliers: 0.004, precise: 0 });
const mixed = quantised({ bits: 2, keyTokens: 64, valueDims: 64, outliers: 0, precise: 1 / 16 });

const layers: Readonly<Record<KvCodecName, { layer: LayerCodec; keep: number }>> = {
  fp32: { layer: fp32, keep: 1 },
  fp16: { layer: fp16, keep: 1 },
  int8: { layer: int8, keep: 1 },
  int4: { layer: int4, keep: 1 },
  int2: { layer: int2, keep: 1 },
  mixed: { layer: mixed, keep: 1 },
  'int8-keep50': { layer: int8, keep: 0.5 },
  'int4-keep50': { layer: int4, keep: 0.5 },
};

export function kvCodec(name: KvCodecName): KvCodec {
  return { name, ...layers[name] };
}
