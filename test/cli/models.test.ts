import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const main = join(import.meta.dirname, '../../dist/cli/main.js');
const fixtures = join(import.meta.dirname, '../engine/fixtures');
const home = mkdtempSync(join(tmpdir(), 'graphblend-models-'));
afterAll(() => rmSync(home, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the built command line in a home of its own, without a server. */
function cli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  const all = { ...process.env, NO_COLOR: '1', GRAPHBLEND_HOME: home, ...env };
  return new Promise((resolve) => {
    execFile(process.execPath, [main, 'models', ...args], { env: all }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
    );
  });
}

/** Shape and numbers of a .npy file with float32 numbers. */
function readNpy(path: string): { shape: number[]; data: Float32Array } {
  const bytes = readFileSync(path);
  expect(bytes.subarray(0, 8).toString('latin1')).toBe('\u0093NUMPY\u0001\u0000');
  const length = bytes.readUInt16LE(8);
  expect((10 + length) % 64).toBe(0);
  const header = bytes.subarray(10, 10 + length).toString('latin1');
  expect(header).toContain("'descr': '<f4', 'fortran_order': False");
  const shape = /\((\d+), (\d+)\)/u.exec(header)!.slice(1).map(Number);
  return { shape, data: new Float32Array(Uint8Array.from(bytes.subarray(10 + length)).buffer) };
}

describe('graphblend models', { timeout: 120_000 }, () => {
  it('pulls a folder, lists it, writes its logits and vectors, and removes it', async () => {
    const pulled = await cli([
      'pull',
      join(fixtures, 'llama-gqa'),
      '--name',
      'tiny/llama',
      '--json',
    ]);
    expect(pulled.code).toBe(0);
    expect(JSON.parse(pulled.stdout)).toMatchObject({ name: 'tiny/llama' });
    const listed = await cli(['list', '--json']);
    expect(JSON.parse(listed.stdout)).toMatchObject({
      models: [{ name: 'tiny/llama', kind: 'decoder (llama)', isPartial: false }],
    });
    const out = join(home, 'logits.npy');
    expect((await cli(['logits', 'tiny/llama', '--ids', '1 2,3', '--out', out])).code).toBe(0);
    const { shape, data } = readNpy(out);
    expect(shape).toEqual([3, 320]);
    expect(data.every(Number.isFinite)).toBe(true);
    const compiled = (): string[] =>
      readdirSync(join(home, 'model-cache')).filter((name) => /^[0-9a-f]{64}$/u.test(name));
    expect(compiled()).toHaveLength(1);
    expect((await cli(['rm', 'tiny/llama'])).stdout).toContain('compiled files');
    expect(compiled()).toEqual([]);
    expect((await cli(['list'])).stdout).toContain('No models in');
  });

  it('writes vectors that equal those of the reference', async () => {
    const texts = join(home, 'texts.txt');
    const out = join(home, 'vectors.npy');
    writeFileSync(texts, 'The quick brown fox.\r\na\n');
    const folder = join(fixtures, 'modernbert');
    const done = await cli(['embed', folder, '--texts', texts, '--out', out, '--prompt', 'query']);
    expect(done.code).toBe(0);
    const { shape, data } = readNpy(out);
    expect(shape).toEqual([2, 48]);
    const golden = JSON.parse(readFileSync(join(folder, 'golden.json'), 'utf8')) as {
      rows: { text: string; query: number[] }[];
    };
    const fox = golden.rows.find(({ text }) => text === 'The quick brown fox.')!.query;
    fox.forEach((value, i) => expect(Math.abs(data[i]! - value)).toBeLessThan(1e-4));
  });

  it('checks a model: files, exactness, weights, speed, blending, memory', async () => {
    const done = await cli(['check', join(fixtures, 'llama-gqa'), '--json']);
    const report = JSON.parse(done.stdout) as { findings: { name: string; ok: boolean }[] };
    const found = new Map(report.findings.map(({ name, ok }) => [name, ok]));
    const names = ['files', 'model', 'exact', 'weights', 'speed', 'blending', 'memory'];
    expect([...found.keys()]).toEqual(names);
    for (const name of ['files', 'model', 'exact', 'speed']) expect(found.get(name)).toBe(true);
  });

  it('says what is wrong with a damaged model, and with ids that are none', async () => {
    await cli(['pull', join(fixtures, 'mistral'), '--name', 'tiny/damaged']);
    const weights = join(home, 'models', 'tiny--damaged', 'model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length >> 1]! ^= 1;
    writeFileSync(weights, bytes);
    const checked = await cli(['check', 'tiny/damaged']);
    expect(checked.code).toBe(1);
    expect(checked.stdout).toMatch(/bad .*model\.safetensors: has sha256/u);
    const wrong = await cli(['logits', 'tiny/damaged', '--ids', 'one', '--out', join(home, 'x')]);
    expect(wrong.code).toBe(1);
    expect(wrong.stderr).toContain('--ids should be token ids');
    cpSync(join(fixtures, 'mistral', 'model.safetensors'), weights);
    expect(
      (await cli(['logits', 'tiny/damaged', '--ids', '99999', '--out', join(home, 'x')])).stderr,
    ).toContain('token 99999 is not in the vocabulary');
  });

  it('says what to do without a network', async () => {
    const done = await cli(['pull', 'tiny/absent'], {
      HF_ENDPOINT: 'http://127.0.0.1:59998',
      NO_PROXY: '*',
      no_proxy: '*',
    });
    expect(done.code).toBe(1);
    expect(done.stderr).toContain('cannot be reached (ECONNREFUSED)');
    expect(done.stderr).toContain('HF_ENDPOINT');
  });
});
