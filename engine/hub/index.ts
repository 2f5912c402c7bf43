export { type HubOptions } from './client.ts';
export { type PulledModel, pullFromFolder, pullFromHub, type PullProgress } from './pull.ts';
export { findModel, listModels, pulledModel, removeModel, type StoredModel } from './store.ts';
export { proxiedFetch } from './proxy.ts';
