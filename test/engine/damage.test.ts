/** Damage of any file that a model is made of is noticed before native code reads it, whatever was verified before. */
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  EngineError,
  loadDecoder,
  loadTokenizer,
  type ModelCacheError,
} from '../../engine/index.ts';
import { hashMemo } from '../../engine/hash-memo.ts';
import { openCompiledModel } from '../../engine/model-cache.ts';
import { seededRandom, temporaryFolder } from './support/fixtures.ts';
import { copyOf, mutate, writeSums } from './support/folders.ts';

const folder = copyOf('llama-gqa');
const cacheDir = temporaryFolder();
const memo = hashMemo(cacheDir);
let fingerprint = '';

function load(): void {
  loadTokenizer(folder);
  const runner = loadDecoder({ folder, cacheDir, weights: 'int8-row', threads: 1 });
  ({ fingerprint } = runner);
  runner.close();
}

/** Everything is verified, and remembered as verified. */
beforeAll(async () => {
  writeSums(folder);
  load();
  await sleep(1100); // files that changed just now are not remembered
  load();
  expect(readdirSync(join(cacheDir, 'verified')).length).toBeGreaterThan(5);
});

describe('a model that was verified before', () => {
  it('is refused with the name of the file after each of 100 random mutations', () => {
    const random = seededRandom(17);
    const checkpoint = [
      'model.safetensors',
      'tokenizer.json',
      'config.json',
      'chat_template.jinja',
    ];
    const compiled = readdirSync(join(cacheDir, fingerprint));
    for (let i = 0; i < 100; i++) {
      const isCheckpoint = i % 2 === 0;
      const names = isCheckpoint ? checkpoint : compiled;
      const file = join(
        isCheckpoint ? folder : join(cacheDir, fingerprint),
        names[i % names.length]!,
      );
      const bytes = readFileSync(file);
      writeFileSync(file, mutate(bytes, random));
      let error: unknown;
      try {
        if (isCheckpoint) load();
        else openCompiledModel(join(cacheDir, fingerprint), fingerprint, memo);
      } catch (reason) {
        error = reason;
      }
      writeFileSync(file, bytes);
      expect(error, file).toBeInstanceOf(EngineError);
      expect((error as EngineError).message).toContain(file);
    }
    load();
  });

  it('is compiled anew where the compiled files are damaged, and says so', () => {
    const file = join(cacheDir, fingerprint, 'weights.bin');
    writeFileSync(file, mutate(readFileSync(file), seededRandom(3)));
    const damages: ModelCacheError[] = [];
    const onDamage = (error: ModelCacheError) => damages.push(error);
    loadDecoder({ folder, cacheDir, weights: 'int8-row', threads: 1, onDamage }).close();
    expect(damages.map((error) => error.file)).toEqual([file]);
  });
});

describe('the memo of hashes', () => {
  const place = temporaryFolder();
  const file = join(place, 'file');
  let computed = 0;
  /** For how many milliseconds nobody has touched the file. */
  let untouchedMs = 0;
  const now = () => statSync(file).ctimeMs + untouchedMs;
  const ask = () => hashMemo(place, now).digest('count', [file], () => `${++computed}`);

  it('answers for a file that is as it was, and only for that', () => {
    computed = 0;
    untouchedMs = 0;
    writeFileSync(file, 'one');
    expect(ask()).toBe('1');
    expect(ask()).toBe('2'); // it changed just now: a second change might look the same
    untouchedMs = 2000;
    expect(ask()).toBe('3');
    expect(ask()).toBe('3');
    const mtime = new Date(Date.now() - 60_000);
    writeFileSync(file, 'two');
    utimesSync(file, mtime, mtime); // the time of change can be set, that of its setting cannot
    expect(ask()).toBe('4');
  });

  it('is not believed when it is damaged itself', () => {
    writeFileSync(file, 'three');
    untouchedMs = 2000;
    ask();
    const last = ask();
    const folderOfMemo = join(place, 'verified');
    for (const name of readdirSync(folderOfMemo)) {
      const path = join(folderOfMemo, name);
      writeFileSync(path, readFileSync(path, 'utf8').replace(/"result":"\d+"/u, '"result":"99"'));
    }
    expect(ask()).toBe(`${Number(last) + 1}`);
  });
});
