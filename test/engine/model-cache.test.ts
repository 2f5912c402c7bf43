import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDecoder, ModelCacheError } from '../../engine/index.ts';
import { hashMemo } from '../../engine/hash-memo.ts';
import { openCompiledModel } from '../../engine/model-cache.ts';
import {
  fixture,
  maxDifference,
  prefill,
  seededRandom,
  temporaryFolder,
} from './support/fixtures.ts';
import { mutate } from './support/folders.ts';

const cacheDir = temporaryFolder();
const memo = hashMemo(cacheDir);

function load(onDamage?: (error: ModelCacheError) => void, folder = cacheDir) {
  return loadDecoder({
    folder: fixture('llama-gqa'),
    cacheDir: folder,
    weights: 'int8-row',
    threads: 1,
    onDamage,
  });
}

/** Folders of compiled models; hashes of verified files, users and calibrations under way lie beside them. */
function compiled(): string[] {
  const beside = new Set(['verified', 'users', 'calibrations']);
  return readdirSync(cacheDir).filter((name) => !beside.has(name));
}

describe('the compiled model cache', () => {
  const first = load();
  const { fingerprint } = first;
  const expected = prefill(first, first.newSequence(4), [1, 2, 3, 4]);
  first.close();
  const folder = join(cacheDir, fingerprint);
  const files = readdirSync(folder);

  it('holds one folder per fingerprint and leaves no temporary ones', () => {
    load().close();
    expect(compiled()).toEqual([fingerprint]);
    expect(files.toSorted()).toEqual([
      'attention.onnx',
      'first.onnx',
      'head.onnx',
      'last.onnx',
      'manifest.json',
      'mid-000.onnx',
      'mid-001.onnx',
      'weights.bin',
    ]);
  });

  it('refuses each of 100 random mutations and names the file', () => {
    const random = seededRandom(5);
    for (let i = 0; i < 100; i++) {
      const file = join(folder, files[i % files.length]!);
      const bytes = readFileSync(file);
      writeFileSync(file, mutate(bytes, random));
      expect(() => openCompiledModel(folder, fingerprint, memo)).toThrow(ModelCacheError);
      expect(() => openCompiledModel(folder, fingerprint, memo)).toThrow(file);
      writeFileSync(file, bytes);
    }
    openCompiledModel(folder, fingerprint, memo);
  });

  it('refuses a folder with a missing file and one of another model', () => {
    const file = join(folder, 'head.onnx');
    renameSync(file, `${file}.away`);
    expect(() => openCompiledModel(folder, fingerprint, memo)).toThrow(/head\.onnx: is missing/);
    renameSync(`${file}.away`, file);
    expect(() => openCompiledModel(folder, 'another', memo)).toThrow(/belongs to/);
  });

  it('is compiled again after damage, and then gives the same logits', () => {
    writeFileSync(join(folder, 'weights.bin'), 'damaged');
    const damages: string[] = [];
    const runner = load((error) => damages.push(error.file));
    expect(damages).toEqual([join(folder, 'weights.bin')]);
    expect(maxDifference(prefill(runner, runner.newSequence(4), [1, 2, 3, 4]), expected)).toBe(0);
    runner.close();
    expect(compiled()).toEqual([fingerprint]);
  });

  it('says what to do when its folder cannot be written', () => {
    const blocked = join(temporaryFolder(), 'file');
    writeFileSync(blocked, '');
    const blockedLoad = () => load(undefined, blocked);
    expect(blockedLoad).toThrow(ModelCacheError);
    expect(blockedLoad).toThrow(/cannot be written \((ENOTDIR|EEXIST)\)/);
  });

  it('is not disturbed by the half-written folder of a process that was killed', () => {
    const stale = join(cacheDir, 'tmp-killed');
    mkdirSync(stale);
    writeFileSync(join(stale, 'weights.bin'), 'half');
    load().close();
    rmSync(stale, { recursive: true });
  });
});
