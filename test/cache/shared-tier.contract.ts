/** What every shared tier has to do. */
import { randomBytes } from 'node:crypto';
import { afterAll, expect, it } from 'vitest';
import type { SharedTier } from '../../cache/shared/types.ts';
import { someKey } from './kv-fixtures.ts';

/** Calls `it`; `open` makes a tier over the same store each time. */
export function sharedTierContract(open: () => Promise<SharedTier>): void {
  const signal = (): AbortSignal => AbortSignal.timeout(10_000);
  const opened: SharedTier[] = [];
  const tier = async (): Promise<SharedTier> => {
    const made = await open();
    opened.push(made);
    return made;
  };
  afterAll(() => Promise.all(opened.map((each) => each.close())));

  it('gives back the bytes that were put, to everybody who shares it', async () => {
    const file = randomBytes(300_000);
    await (await tier()).put(someKey(1), file, signal());
    expect(await (await tier()).get(someKey(1), signal())).toEqual(file);
  });

  it('misses what nobody put', async () => {
    expect(await (await tier()).get(someKey(404), signal())).toBeUndefined();
  });

  it('keeps what the first of many writers put', async () => {
    const tiers = await Promise.all(Array.from({ length: 8 }, tier));
    const files = tiers.map(() => randomBytes(5000));
    await tiers[0]!.put(someKey(2), files[0]!, signal());
    await Promise.all(tiers.map((each, i) => each.put(someKey(2), files[i]!, signal())));
    expect(await tiers[3]!.get(someKey(2), signal())).toEqual(files[0]);
  });

  it('lets racing writers leave one whole file', async () => {
    const tiers = await Promise.all(Array.from({ length: 8 }, tier));
    const files = tiers.map(() => randomBytes(5000));
    await Promise.all(tiers.map((each, i) => each.put(someKey(3), files[i]!, signal())));
    const kept = await tiers[0]!.get(someKey(3), signal());
    expect(files.some((file) => file.equals(kept!))).toBe(true);
  });

  it('deletes what is there and does not mind what is not', async () => {
    const shared = await tier();
    await shared.put(someKey(4), randomBytes(10), signal());
    await shared.delete([someKey(4), someKey(5)], signal());
    expect(await shared.get(someKey(4), signal())).toBeUndefined();
    await shared.delete([], signal());
  });

  it('gives up when it is told to', async () => {
    const shared = await tier();
    await expect(shared.get(someKey(1), AbortSignal.abort())).rejects.toThrow(/abort/i);
  });
}
