/** The HTTP contract: the schemas that validate requests, make the OpenAPI document and type the UI. */
export * from './answers.ts';
export * from './common.ts';
export * from './conversations.ts';
export * from './corpus.ts';
export * from './graph.ts';
export * from './graph-analysis.ts';
export * from './identity.ts';
export * from './schema.ts';
export * from './system.ts';
