import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EncodedKv } from '../../cache/chunk-kv.ts';
import { formatKvFile } from '../../cache/kv-file.ts';
import { KvReading } from '../../cache/kv-reading.ts';
import { seededRandom } from '../engine/support/fixtures.ts';
import { someKey, temporaryFolder } from './kv-fixtures.ts';

const LAYERS = 12;
const key = someKey(1);

/** Twelve layers of half a megabyte: the file is read in several parts. */
function longKv(): EncodedKv {
  const random = seededRandom(3);
  const shape = { layers: LAYERS, kvHeads: 2, headDim: 64, tokens: 1000 };
  const block = (): Uint8Array =>
    Uint8Array.from({ length: 512_000 }, () => Math.floor(random() * 256));
  return { shape, codec: 'fp16', blocks: Array.from({ length: LAYERS }, block) };
}

const kv = longKv();

function stored(change: (path: string) => void = () => undefined) {
  const path = join(temporaryFolder(), 'long.kv');
  writeFileSync(path, formatKvFile(key, kv));
  change(path);
  const told = { damage: [] as string[], whole: [] as EncodedKv[] };
  const open = (): KvReading =>
    new KvReading(path, key, {
      onDamage: (reason) => told.damage.push(reason),
      onWhole: (each) => told.whole.push(each),
    });
  return { path, told, open };
}

async function takeLayers(reading: KvReading): Promise<(Uint8Array | undefined)[]> {
  const layers: (Uint8Array | undefined)[] = [];
  for (let layer = 0; layer < LAYERS; layer++) {
    await reading.arrival(layer);
    layers.push(reading.layer(layer));
  }
  return layers;
}

describe('a file that is read layer by layer', () => {
  it('has its first layers at once and all of them in the end, and says when it is whole', async () => {
    const { open, told } = stored();
    const reading = open();
    expect(reading.arrival(0)).toBeUndefined();
    expect(reading.arrival(LAYERS - 1)).toBeInstanceOf(Promise);
    const layers = await takeLayers(reading);
    layers.forEach((layer, i) => expect(Buffer.compare(layer!, kv.blocks[i]!)).toBe(0));
    expect(told.damage).toEqual([]);
    expect(told.whole).toHaveLength(1);
    expect(told.whole[0]!.shape).toEqual(kv.shape);
  });

  it.each([0, 5, LAYERS - 1])(
    'finds a flipped bit of layer %d when it is wanted',
    async (layer) => {
      const { open, told } = stored((path) => {
        const file = readFileSync(path);
        file[4096 + layer * 512_000 + 77]! ^= 1;
        writeFileSync(path, file);
      });
      const layers = await takeLayers(open());
      expect(layers.slice(0, layer).every(Boolean)).toBe(true);
      expect(layers.slice(layer).some(Boolean)).toBe(false);
      expect(told.damage).toHaveLength(1);
      expect(told.whole).toEqual([]);
    },
  );

  it('finds that a file is cut or written over while it is read', async () => {
    const cut = stored();
    const first = cut.open();
    truncateSync(cut.path, 3_000_000);
    expect((await takeLayers(first)).at(-1)).toBeUndefined();
    expect(cut.told.damage).toHaveLength(1);
    const changed = stored();
    const second = changed.open();
    const fd = openSync(changed.path, 'r+');
    writeSync(fd, Buffer.alloc(600_000, 1), 0, 600_000, 5_000_000);
    closeSync(fd);
    expect((await takeLayers(second)).at(-1)).toBeUndefined();
    expect(changed.told.damage).toHaveLength(1);
  });

  it('stops reading once nobody wants more', async () => {
    const { open, told } = stored();
    const reading = open();
    reading.close();
    await reading.arrival(LAYERS - 1);
    expect(reading.loadedBytes).toBeLessThan(reading.fileBytes);
    expect(reading.layer(0)).toBeDefined();
    expect(told.damage).toEqual([]);
  });
});
