import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadDecoder, type LoadProgress, removeCompiled } from '../../engine/index.ts';
import { fixture, temporaryFolder } from './support/fixtures.ts';

interface Loading {
  readonly folder?: string;
  readonly onProgress?: (progress: LoadProgress) => void;
}

function load(cacheDir: string, { folder = fixture('llama-gqa'), onProgress }: Loading = {}): void {
  loadDecoder({ folder, cacheDir, weights: 'int8-row', threads: 1, onProgress }).close();
}

/** Fingerprints of the compiled models. */
function compiled(cacheDir: string): string[] {
  return readdirSync(cacheDir).filter((name) => /^[0-9a-f]{64}$/u.test(name));
}

describe('compiling a model', () => {
  it('tells how far it is, stage by stage, and only of opening when it is compiled', () => {
    const cacheDir = temporaryFolder();
    const seen: LoadProgress[] = [];
    load(cacheDir, { onProgress: (progress) => seen.push(progress) });
    expect([...new Set(seen.map(({ stage }) => stage))]).toEqual(['calibrate', 'compile', 'open']);
    for (const stage of ['calibrate', 'compile', 'open']) {
      const steps = seen.filter((step) => step.stage === stage);
      expect(steps.map(({ done }) => done)).toEqual(steps.map((_, i) => i + 1));
      expect(steps.at(-1)!.done).toBe(steps.at(-1)!.total);
    }
    const again: LoadProgress[] = [];
    load(cacheDir, { onProgress: (progress) => again.push(progress) });
    expect(new Set(again.map(({ stage }) => stage))).toEqual(new Set(['open']));
  });

  it('goes on with the calibration that a process before it had begun', () => {
    const cacheDir = temporaryFolder();
    const stopped = new Error('stopped');
    const stop = ({ stage, done }: LoadProgress) => {
      if (stage === 'calibrate' && done === 2) throw stopped;
    };
    expect(() => load(cacheDir, { onProgress: stop })).toThrow(stopped);
    const folder = join(cacheDir, 'calibrations');
    const file = join(folder, readdirSync(folder)[0]!);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    // A finding that measuring again would not repeat, and a line that broke off.
    const [layer] = (JSON.parse(lines[0]!) as { errors: { layer: string }[] }).errors;
    const spoilt = { piece: 'first', errors: [{ ...layer, row: 0.5, block: 0.001 }] };
    writeFileSync(file, `${JSON.stringify(spoilt)}\n${lines[1]}\n`);
    appendFileSync(file, '{"piece":"mid-001","err');
    load(cacheDir);
    const manifest = readFileSync(join(cacheDir, compiled(cacheDir)[0]!, 'manifest.json'), 'utf8');
    const { notes } = JSON.parse(manifest.slice(manifest.indexOf('\n'))) as {
      notes: { blocks: string[] };
    };
    expect(notes.blocks).toContain(layer!.layer);
    expect(existsSync(file)).toBe(false);
  });

  it('removes what a killed process left long ago, and not what another writes now', () => {
    const cacheDir = temporaryFolder();
    const folders = ['tmp-old', 'tmp-slow', 'tmp-fresh'].map((name) => join(cacheDir, name));
    const [old, slow, fresh] = folders as [string, string, string];
    for (const folder of folders) {
      mkdirSync(folder);
      writeFileSync(join(folder, 'weights.bin'), 'half');
    }
    for (const path of [join(old, 'weights.bin'), old]) utimesSync(path, 1, 1);
    // Calibrating: nothing is written there meanwhile.
    const hoursAgo = new Date(Date.now() - 5 * 3_600_000);
    for (const path of [join(slow, 'weights.bin'), slow]) utimesSync(path, hoursAgo, hoursAgo);
    load(cacheDir);
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, true]);
    expect(existsSync(fresh)).toBe(true);
  });
});

describe('compiled files of a removed model', () => {
  function twoFolders(): { cacheDir: string; one: string; other: string } {
    const cacheDir = temporaryFolder();
    const models = temporaryFolder();
    const [one, other] = [join(models, 'one'), join(models, 'other')];
    for (const folder of [one, other]) {
      cpSync(fixture('llama-gqa'), folder, { recursive: true });
      load(cacheDir, { folder });
    }
    expect(compiled(cacheDir)).toHaveLength(1);
    return { cacheDir, one, other };
  }

  it('stay as long as another folder uses them, and go with the last one', () => {
    const { cacheDir, one, other } = twoFolders();
    rmSync(one, { recursive: true });
    expect(removeCompiled(cacheDir, one)).toBe(0);
    expect(compiled(cacheDir)).toHaveLength(1);
    rmSync(other, { recursive: true });
    expect(removeCompiled(cacheDir, other)).toBeGreaterThan(0);
    expect(compiled(cacheDir)).toEqual([]);
    expect(readdirSync(cacheDir).filter((name) => name.startsWith('trash'))).toEqual([]);
  });

  it('are not kept for a folder that was deleted by hand', () => {
    const { cacheDir, one, other } = twoFolders();
    for (const folder of [one, other]) rmSync(folder, { recursive: true });
    expect(removeCompiled(cacheDir, one)).toBeGreaterThan(0);
    expect(compiled(cacheDir)).toEqual([]);
  });

  it('of other models are left alone', () => {
    const { cacheDir } = twoFolders();
    expect(removeCompiled(cacheDir, fixture('qwen2'))).toBe(0);
    expect(compiled(cacheDir)).toHaveLength(1);
  });
});
