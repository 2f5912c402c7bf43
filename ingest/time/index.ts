export { withValidTimes } from './valid-time.ts';
