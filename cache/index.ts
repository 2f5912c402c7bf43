export { testBlending } from './fidelity/fidelity.ts';
export type { SelfTest } from './fidelity/self-test.ts';
export { ABSTENTION, promptTemplate } from './prompt.ts';
export type { FocusRange } from './focus.ts';
export { POLICY_NAMES, type PolicyName } from './policies/index.ts';
export type { RibbonRun } from './prompt-plan.ts';
export type {
  BlendMode,
  EngineClient,
  EngineInfo,
  EngineStats,
  GenerateEvent,
  GenerateRequest,
  GenerateResult,
  PromptChunk,
  Reuse,
  SpokenTurn,
} from './service-types.ts';
export type { SharedTierOptions } from './shared/types.ts';
export { KV_CODECS, type KvCodecName } from './codecs/index.ts';
export { LMCACHE_SEPARATOR } from './remote/blend-layout.ts';
export { withRemoteReader } from './remote/remote-reader.ts';
export { Stopwatch } from './stopwatch.ts';
export { connectEngine, startEngine, type EngineProcess } from './process/engine-process.ts';
export type { EngineLoading, EngineOptions, KvFault } from './engine-options.ts';
export { workerFile } from './worker-file.ts';
