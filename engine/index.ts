/** The model runtime: what the other folders may use. Load and run models in one thread of their own. */
export { modelProcessEnvironment } from './allocator.ts';
export * from './check-model.ts';
export { verifyFiles } from './checkpoint/folder.ts';
export * from './constrained/index.ts';
export { removeCompiled } from './compiled-users.ts';
export { loadCrossEncoder } from './cross-encoder.ts';
export { loadEmbedder, type LoadEmbedderOptions } from './embedder.ts';
export * from './errors.ts';
export * from './hub/index.ts';
export { loadDecoder, type LoadDecoderOptions, type LoadProgress } from './load-decoder.ts';
export * from './remote/index.ts';
export * from './serving/index.ts';
export {
  createSampler,
  greedySampling,
  topLogProbabilities,
  type SampledToken,
  type Sampler,
} from './sampler.ts';
export { stopAt, type StopText } from './stop-text.ts';
export { loadTokenizer, type CheckpointTokenizer } from './tokenizer.ts';
export * from './types.ts';
