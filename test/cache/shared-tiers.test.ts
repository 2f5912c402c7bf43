import { describe, expect, it } from 'vitest';
import { openSharedTier } from '../../cache/shared/open.ts';
import { redisOptions, s3Options } from './shared-servers.ts';
import { sharedTierContract } from './shared-tier.contract.ts';

describe.skipIf(!redisOptions)('the tier on a real Redis', () => {
  sharedTierContract(async () => openSharedTier(redisOptions!));

  it('lets go of what nobody asks for', async () => {
    const lasting = { ...redisOptions!, prefix: 'graphblend-ttl:', ttlSeconds: 600 };
    const [kept, tier] = await Promise.all([
      openSharedTier(lasting),
      openSharedTier({ ...lasting, ttlSeconds: 1 }),
    ]);
    const signal = AbortSignal.timeout(20_000);
    await kept.put('a', Buffer.from('file'), signal);
    expect(await kept.get('a', signal)).toEqual(Buffer.from('file'));
    const gone = async (): Promise<unknown> => tier.get('b', signal);
    await tier.put('b', Buffer.from('file'), signal);
    await expect
      .poll(
        async () => {
          await new Promise((resolve) => setTimeout(resolve, 1200));
          return gone();
        },
        { timeout: 15_000 },
      )
      .toBeUndefined();
    await kept.delete(['a'], signal);
    await Promise.all([kept.close(), tier.close()]);
  });
});

describe.skipIf(!s3Options)('the tier on a real S3 server', () => {
  sharedTierContract(async () => openSharedTier(s3Options!));

  it('throws on a wrong secret instead of missing', async () => {
    const tier = await openSharedTier({ ...s3Options!, secretAccessKey: 'wrong' });
    await expect(tier.get('ab'.repeat(32), AbortSignal.timeout(10_000))).rejects.toThrow();
    await tier.close();
  });
});
