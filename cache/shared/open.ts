/** The shared tier that the configuration names; its client library is loaded only when there is one. */
import type { SharedTier, SharedTierOptions } from './types.ts';

export async function openSharedTier(options: SharedTierOptions): Promise<SharedTier> {
  if (options.kind === 's3') return (await import('./s3-tier.ts')).openS3Tier(options);
  return (await import('./redis-tier.ts')).openRedisTier(options);
}
