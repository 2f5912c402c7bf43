export type { RelationDefinition, Schema, SchemaExample } from '../../graph/index.ts';
