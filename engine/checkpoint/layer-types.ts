/** `layer_types` of config.json: which layers have a sliding window. */
import type { ConfigReader } from './config-reader.ts';

/** Per layer, whether it slides; undefined if the checkpoint does not list it. Throws at a list of other values or length. */
export function readLayerTypes(config: ConfigReader, layers: number): boolean[] | undefined {
  const types = config.raw('layer_types');
  if (types === undefined) return undefined;
  const known = ['full_attention', 'sliding_attention'];
  if (
    Array.isArray(types) &&
    types.length === layers &&
    types.every((type) => known.includes(type))
  )
    return types.map((type) => type === 'sliding_attention');
  throw config.unsupported(
    'layer_types',
    `one of ${known.join(', ')} for each of ${layers} layers`,
  );
}
