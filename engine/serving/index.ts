/** Serving: one model for many callers. */
export { directStepper } from './direct.ts';
export * from './errors.ts';
export { DEFAULT_LIMITS, Scheduler } from './scheduler.ts';
export * from './types.ts';
