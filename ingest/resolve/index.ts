export { IdentityService } from './identity-service.ts';
export { watchForMerges } from './merge-watch.ts';
