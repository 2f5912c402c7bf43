/** The model runtime: what the other folders may use. Load and run models in one thread of their own. */
export * from './constrained/index.ts';
export { loadCrossEncoder } from './cross-encoder.ts';
export { loadEmbedder, type LoadEmbedderOptions } from './embedder.ts';
export * from './errors.ts';
export { loadDecoder, type LoadDecoderOptions } from './load-decoder.ts';
export * from './remote/index.ts';
export * from './serving/index.ts';
export { createSampler, greedySampling, type SampledToken, type Sampler } from './sampler.ts';
export { loadTokenizer } from './tokenizer.ts';
export * from './types.ts';
