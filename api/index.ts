export * from './contract/index.ts';
export { ConfigError, readConfig, type PlatformConfig } from './config.ts';
export { mediaTypeOfName } from '../ingest/index.ts';
export { packageRoot, packageVersion } from './package-root.ts';
export {
  createSampleWorkspace,
  readSampleQuestions,
  submitSample,
  type SampleQuestion,
} from './sample.ts';
export { serverFile, startServer, type RunningServer } from './server.ts';
