/** The stages of an ingest job, in order, as jobs report them. */
export const STAGES = ['parse', 'chunk', 'embed', 'extract', 'index', 'kv', 'done'] as const;
export type Stage = (typeof STAGES)[number] | 'delete' | 'waiting_for_graph';
