/**
 * Rotary position embeddings as `config.json` describes them, in the dialects of transformers 4.x (`rope_theta`,
 * `rope_scaling`) and 5.x (`rope_parameters`), resolved to frequencies.
 *
 * The arithmetic is that of transformers' modeling_rope_utils (float32 where it uses float32): at position 4096 a more
 * precise angle would differ from it by 2e-4. Sources: linear scaling (Chen et al., arXiv:2306.15595), YaRN (Peng et
 * al., arXiv:2309.00071), LongRoPE (Ding et al., arXiv:2402.13753), Llama 3.1's piecewise scaling.
 */
import type { RopeSettings } from '../types.ts';
import { type ConfigReader, configReader } from './config-reader.ts';

export interface RopeContext {
  readonly headDim: number;
  readonly maxPositions: number;
  /** Used if the checkpoint names none. */
  readonly defaultTheta: number;
  /** May a part of each head's components stay unturned? */
  readonly mayBePartial: boolean;
  /** Longest sequence that is wanted; LongRoPE has other frequencies beyond its original context. */
  readonly contextTokens: number;
}

export interface ResolvedRope extends RopeSettings {
  /** Longest sequence for which these frequencies are meant, if that is less than the model's. */
  readonly maxPositions: number | undefined;
}

/** One RoPE for all layers. */
export function readRope(config: ConfigReader, context: RopeContext): ResolvedRope {
  const parameters = config.inner('rope_parameters');
  const scaling = config.inner('rope_scaling');
  if (parameters && scaling)
    throw config.unsupported('rope_scaling', 'absent beside rope_parameters');
  const outer = outerSettings(config, context);
  const inner = parameters ?? scaling ?? configReader(config.file, {});
  const theta = inner.has('rope_theta') ? inner.positive('rope_theta') : outer.theta;
  // 5.x keeps neither of them on top: where both stand, they have to agree.
  if (config.raw('rope_theta') !== undefined && theta !== outer.theta)
    throw config.unsupported('rope_theta', `${theta}, as in rope_parameters`);
  return resolve(inner, { ...outer, theta }, context);
}

/** One RoPE for layers that see everything and one for layers with a window (Gemma 3, ModernBERT). */
export function readRopePair(
  config: ConfigReader,
  context: RopeContext,
  keys: { readonly full: string; readonly local: string; readonly localTheta: number },
): { readonly full: ResolvedRope; readonly local: ResolvedRope } {
  const nested = config.inner('rope_parameters');
  const scaling = config.inner('rope_scaling');
  if (nested && scaling) throw config.unsupported('rope_scaling', 'absent beside rope_parameters');
  const of = (kind: string, key: string, fallback: number, old?: ConfigReader) => {
    const inner = nested?.inner(kind) ?? old ?? configReader(config.file, {});
    const theta = inner.has('rope_theta')
      ? inner.positive('rope_theta')
      : config.positive(key, fallback);
    return resolve(inner, { theta, turning: 1, original: undefined }, context);
  };
  const full = of('full_attention', keys.full, context.defaultTheta, scaling);
  const local = of('sliding_attention', keys.local, keys.localTheta);
  nested?.refuseOthers(new Set());
  return { full, local };
}

/** What may stand beside the RoPE object instead of in it. */
interface Outer {
  readonly theta: number;
  /** Share of a head's components that turn. */
  readonly turning: number;
  readonly original: number | undefined;
}

function outerSettings(config: ConfigReader, context: RopeContext): Outer {
  return {
    theta: config.positive('rope_theta', context.defaultTheta),
    turning: config.positive('partial_rotary_factor', 1),
    original:
      config.raw('original_max_position_embeddings') === undefined
        ? undefined
        : config.integer('original_max_position_embeddings'),
  };
}

const types = ['default', 'linear', 'llama3', 'yarn', 'longrope'] as const;

function resolve(rope: ConfigReader, outer: Outer, context: RopeContext): ResolvedRope {
  const type = readType(rope);
  rope.raw('rope_theta');
  const size = turningSize(rope, outer, context);
  const original = (): number =>
    outer.original ?? rope.integer('original_max_position_embeddings', context.maxPositions);
  // Some exporters write it into every RoPE object; it means nothing to those that do not ask for it.
  rope.raw('original_max_position_embeddings');
  const powers = Float32Array.from({ length: size / 2 }, (_, i) =>
    Math.fround(outer.theta ** Math.fround((2 * i) / size)),
  );
  const plain = powers.map((power) => 1 / power);
  const resolved = scaled(type, rope, {
    powers,
    plain,
    size,
    original,
    theta: outer.theta,
    context,
  });
  rope.refuseOthers(new Set());
  return resolved;
}

/** Components of a head that turn. */
function turningSize(
  rope: ConfigReader,
  outer: Outer,
  { headDim, mayBePartial }: RopeContext,
): number {
  const share = rope.positive('partial_rotary_factor', outer.turning);
  if (share !== 1 && !mayBePartial)
    throw rope.unsupported('partial_rotary_factor', '1 in this family');
  const size = Math.trunc(headDim * share);
  if (share <= 1 && size >= 2 && size % 2 === 0) return size;
  throw rope.unsupported('partial_rotary_factor', `such that an even part of ${headDim} turns`);
}

function readType(rope: ConfigReader): (typeof types)[number] {
  const key = rope.raw('rope_type') === undefined ? 'type' : 'rope_type';
  const stated = rope.raw(key) ?? 'default';
  rope.oneOf('type', [undefined, stated]);
  const known = types.find((type) => type === stated || (type === 'longrope' && stated === 'su'));
  if (known) return known;
  throw rope.unsupported(key, types.map((type) => `"${type}"`).join(' or '));
}

interface Plain {
  /** theta ** (2i / size), and one by it. */
  readonly powers: Float32Array;
  readonly plain: Float32Array;
  readonly size: number;
  readonly theta: number;
  /** Length of the sequences before the scaling. */
  readonly original: () => number;
  readonly context: RopeContext;
}

function scaled(type: (typeof types)[number], rope: ConfigReader, base: Plain): ResolvedRope {
  if (type === 'yarn') return yarn(rope, base);
  if (type === 'longrope') return longRope(rope, base);
  const frequencies =
    type === 'default' ? base.plain : type === 'linear' ? linear(rope, base) : llama3(rope, base);
  return { frequencies: [...frequencies], amplitude: 1, maxPositions: undefined };
}

function linear(rope: ConfigReader, { plain }: Plain): Float32Array {
  const factor = rope.positive('factor');
  return plain.map((frequency) => frequency / factor);
}

/** Long waves are stretched by the factor, short ones are left, those between are mixed. */
function llama3(rope: ConfigReader, { plain, original }: Plain): Float32Array {
  const factor = rope.positive('factor');
  const low = rope.positive('low_freq_factor');
  const high = rope.positive('high_freq_factor');
  if (high <= low) throw rope.unsupported('high_freq_factor', `more than low_freq_factor (${low})`);
  const length = original();
  const round = Math.fround;
  return plain.map((frequency) => {
    const wave = round((2 * Math.PI) / frequency);
    if (wave > length / low) return round(frequency / factor);
    if (wave < length / high) return frequency;
    const smooth = round(round(round(length / wave) - low) / (high - low));
    return round(round(round(1 - smooth) * frequency) / factor) + round(smooth * frequency);
  });
}

/** "NTK by parts" with an amplitude for the lower entropy of long sequences. */
function yarn(rope: ConfigReader, { powers, plain, size, theta, original }: Plain): ResolvedRope {
  const factor = rope.positive('factor');
  const [fast, slow] = [rope.positive('beta_fast', 32), rope.positive('beta_slow', 1)];
  const length = original();
  const truncate = rope.flag('truncate', true);
  const dimensionOf = (turns: number) =>
    (size * Math.log(length / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [low, high] = [dimensionOf(fast), dimensionOf(slow)];
  const from = Math.max(truncate ? Math.floor(low) : low, 0);
  let to = Math.min(truncate ? Math.ceil(high) : high, size - 1);
  if (from === to) to += 0.001;
  const round = Math.fround;
  const frequencies = plain.map((frequency, i) => {
    const ramp = Math.min(1, Math.max(0, round(round(i - from) / (to - from))));
    const kept = round(1 - ramp);
    const stretched = round(1 / round(factor * powers[i]!));
    return round(stretched * round(1 - kept)) + round(frequency * kept);
  });
  return {
    frequencies: [...frequencies],
    amplitude: yarnAmplitude(rope, factor),
    maxPositions: undefined,
  };
}

function yarnAmplitude(rope: ConfigReader, factor: number): number {
  const ofScale = (weight: number) => (factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1);
  const [scale, all] = [rope.raw('mscale'), rope.raw('mscale_all_dim')];
  const stated = rope.raw('attention_factor');
  if (stated !== undefined) return rope.positive('attention_factor');
  return scale && all
    ? ofScale(rope.positive('mscale')) / ofScale(rope.positive('mscale_all_dim'))
    : ofScale(1);
}

/**
 * Two sets of frequencies: one up to the original context, one for longer sequences. transformers changes over when a
 * sequence grows past the border and computes all its keys anew; here a loaded model has one of the two sets
 * throughout (as vLLM does), so that cached keys and values always fit together.
 */
function longRope(rope: ConfigReader, { powers, size, original, context }: Plain): ResolvedRope {
  const length = original();
  const isLong = context.contextTokens > length;
  const factors = {
    short: readFactors(rope, 'short_factor', size),
    long: readFactors(rope, 'long_factor', size),
  };
  const chosen = isLong ? factors.long : factors.short;
  const frequencies = powers.map((power, i) => 1 / Math.fround(Math.fround(chosen[i]!) * power));
  const factor = rope.positive('factor', context.maxPositions / length);
  const natural = factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(length));
  const amplitude = rope.positive('attention_factor', natural);
  return { frequencies: [...frequencies], amplitude, maxPositions: isLong ? undefined : length };
}

function readFactors(rope: ConfigReader, key: string, size: number): readonly number[] {
  const value = rope.raw(key);
  const isValid =
    Array.isArray(value) &&
    value.length === size / 2 &&
    value.every((factor) => typeof factor === 'number' && factor > 0);
  if (isValid) return value as number[];
  throw rope.unsupported(key, `a list of ${size / 2} positive numbers`);
}
