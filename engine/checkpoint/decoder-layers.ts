/** Which layers of a decoder see everything, which only a window, and which know no positions. */
import type { LayerAttention } from '../types.ts';
import type { ConfigReader } from './config-reader.ts';
import { readLayerTypes } from './layer-types.ts';
import { readRope, readRopePair, type ResolvedRope, type RopeContext } from './rope-config.ts';

export interface LayersContext extends RopeContext {
  readonly modelType: string;
  readonly layers: number;
}

export interface DecoderLayers {
  readonly ropes: readonly ResolvedRope[];
  readonly attention: readonly LayerAttention[];
}

export function readLayers(config: ConfigReader, context: LayersContext): DecoderLayers {
  const windows = readWindows(config, context);
  if (context.modelType === 'gemma3_text') {
    const { full, local } = readRopePair(config, context, {
      full: 'rope_theta',
      local: 'rope_local_base_freq',
      localTheta: 1e4,
    });
    const attention = windows.map(({ isSliding, window }) => ({ rope: isSliding ? 1 : 0, window }));
    return { ropes: [full, local], attention };
  }
  const turned = readTurned(config, context);
  const attention = windows.map(({ window }, layer) => ({
    rope: turned[layer] ? 0 : undefined,
    window,
  }));
  return { ropes: [readRope(config, context)], attention };
}

/** SmolLM3 leaves RoPE out in some layers; in `no_rope_layers` a 1 means that it is ON. */
function readTurned(config: ConfigReader, { modelType, layers }: LayersContext): boolean[] {
  const all = Array.from({ length: layers }, () => true);
  if (modelType !== 'smollm3') return all;
  const interval = config.integer('no_rope_layer_interval', 4);
  const listed = config.raw('no_rope_layers');
  if (listed === undefined) return all.map((_, layer) => (layer + 1) % interval !== 0);
  if (
    Array.isArray(listed) &&
    listed.length >= layers &&
    listed.every((on) => on === 0 || on === 1)
  )
    return listed.slice(0, layers).map((on) => on === 1);
  throw config.unsupported('no_rope_layers', `a 0 or 1 for each of ${layers} layers`);
}

interface LayerWindow {
  readonly isSliding: boolean;
  readonly window: number | undefined;
}

function readWindows(config: ConfigReader, context: LayersContext): LayerWindow[] {
  const { layers, maxPositions } = context;
  const { size, slides } = slidingRule(config, context);
  const sliding =
    readLayerTypes(config, layers) ?? Array.from({ length: layers }, (_, i) => slides(i));
  if (size === undefined && sliding.some((isSliding) => isSliding))
    throw config.unsupported(
      'layer_types',
      '"full_attention" in every layer, as there is no window',
    );
  // A window as long as the longest sequence hides nothing.
  const window = size !== undefined && size < maxPositions ? size : undefined;
  return sliding.map((isSliding) => ({ isSliding, window: isSliding ? window : undefined }));
}

interface SlidingRule {
  readonly size: number | undefined;
  /** For checkpoints that do not list `layer_types`. */
  readonly slides: (layer: number) => boolean;
}

function slidingRule(config: ConfigReader, context: LayersContext): SlidingRule {
  const { modelType, layers } = context;
  const never: SlidingRule = { size: undefined, slides: () => false };
  if (modelType === 'mistral' || modelType === 'phi3') {
    const size = windowSize(config, modelType === 'mistral' ? 4096 : undefined);
    refuseMixed(config, layers, size !== undefined);
    return { size, slides: () => size !== undefined };
  }
  if (modelType === 'gemma2' || modelType === 'gemma3_text') {
    const size = windowSize(config, 4096);
    const pattern = modelType === 'gemma2' ? 2 : config.integer('sliding_window_pattern', 6);
    return { size, slides: (layer) => size !== undefined && (layer + 1) % pattern !== 0 };
  }
  if (!config.flag('use_sliding_window', false)) {
    config.raw('sliding_window');
    return never;
  }
  if (modelType === 'llama') throw config.unsupported('sliding_window', 'absent in this family');
  if (modelType === 'smollm3') {
    const size = windowSize(config, undefined);
    const turned = readTurned(config, context);
    return { size, slides: (layer) => size !== undefined && !turned[layer] };
  }
  const first = config.integer('max_window_layers', 28);
  const size = windowSize(config, 4096);
  return { size, slides: (layer) => size !== undefined && layer >= first };
}

/** An absent key means the family's default, null means no window. */
function windowSize(config: ConfigReader, fallback: number | undefined): number | undefined {
  if (config.raw('sliding_window') !== undefined) return config.integer('sliding_window');
  return config.has('sliding_window') ? undefined : fallback;
}

/** The reference gives all layers of these families the window, whatever the list says. */
function refuseMixed(config: ConfigReader, layers: number, hasWindow: boolean): void {
  const sliding = readLayerTypes(config, layers);
  if (sliding?.some((isSliding) => isSliding !== hasWindow))
    throw config.unsupported('layer_types', 'the same in every layer, as sliding_window says');
}
