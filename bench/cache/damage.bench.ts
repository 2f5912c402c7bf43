/**
 * What damage does to answers. Stored files get random flips and cuts, writers are killed in the middle of storing, and
 * every time the answer must be the undamaged one, to the last bit of its probabilities, and the damage must be noticed.
 *
 *   npm run bench -- cache/damage [--damages 1000] [--kills 50] [--seed 1] [--json FILE]
 */
import { fork } from 'node:child_process';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { packageRoot } from '../../api/index.ts';
import {
  startEngine,
  type EngineClient,
  type EngineOptions,
  type GenerateRequest,
  type KvFault,
} from '../../cache/index.ts';
import { reportOrigin } from '../report.ts';
import { seededRandom } from './traces.ts';

const { values } = parseArgs({
  options: {
    damages: { type: 'string', default: '1000' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

const SALT = '33'.repeat(32);
const TEXTS = [
  'Fram\nThe Fram was built by Colin Archer at Larvik for Fridtjof Nansen.\n\n',
  'Captain\nOtto Sverdrup was captain of the Fram on her second voyage.\n\n',
  'South\nRoald Amundsen took the Fram to the Bay of Whales in 1910.\n\n',
  'Larvik\nLarvik is a town on the coast of Norway, known for its shipyards.\n\n',
];
const random = seededRandom(Number(values.seed));

async function main(): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'graphblend-damage-'));
  try {
    const damages = await damageFiles(home);
    const kills = await killWriters(home);
    console.table([{ ...damages, ...kills }]);
    const { json, ...options } = values;
    const report = { ...reportOrigin(Number(values.seed)), options, damages, kills };
    if (json) writeFileSync(json, `${JSON.stringify(report, undefined, 1)}\n`);
    const { damaged, noticed, sameAnswer } = damages;
    if (noticed < damaged || sameAnswer < damaged || kills.badFiles > 0) process.exitCode = 1;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function optionsIn(home: string, kvFolder: string): EngineOptions {
  return {
    readerFolder: join(packageRoot(), 'models', 'reader'),
    embedderFolder: join(packageRoot(), 'models', 'embedder'),
    modelCacheFolder: join(home, 'models'),
    kvFolder: join(home, kvFolder),
    kvDiskBytes: 1e9,
    kvRamBytes: 0,
    codec: 'fp16',
    weights: 'fp32',
    threads: 1,
  };
}

async function requestOf(client: EngineClient): Promise<GenerateRequest> {
  const ids = await client.tokenize(TEXTS);
  const chunks = ids.map((each, i) => ({ id: `${i}`, ids: each, focus: [] }));
  return {
    workspaceSalt: SALT,
    chunks,
    question: 'Who built the ship that Amundsen took south?',
    mode: 'balanced',
    maxTokens: 6,
  };
}

interface Damages {
  readonly damaged: number;
  readonly noticed: number;
  readonly sameAnswer: number;
}

async function damageFiles(home: string): Promise<Damages> {
  const faults: KvFault[] = [];
  const thread = await startEngine(optionsIn(home, 'kv'), {
    onFault: (fault) => faults.push(fault),
  });
  try {
    const { client } = thread;
    const request = await requestOf(client);
    await client.precompute({ workspaceSalt: SALT, chunks: request.chunks });
    const expected = JSON.stringify((await client.generate(request)).logprobs);
    let [noticed, sameAnswer] = [0, 0];
    const damaged = Number(values.damages);
    for (let i = 0; i < damaged; i++) {
      const before = faults.length;
      const files = kvFiles(join(home, 'kv'));
      damage(files[Math.floor(random() * files.length)]!);
      const { logprobs } = await client.generate(request);
      sameAnswer += Number(JSON.stringify(logprobs) === expected);
      noticed += Number(faults.slice(before).some(({ kind }) => kind === 'damaged'));
      await client.precompute({ workspaceSalt: SALT, chunks: request.chunks });
    }
    return { damaged, noticed, sameAnswer };
  } finally {
    await thread.close();
  }
}

/** Flips a bit, changes a run of bytes, cuts the file or makes it longer. */
function damage(path: string): void {
  const { size } = statSync(path);
  const kind = Math.floor(random() * 4);
  if (kind === 0) return truncateSync(path, Math.floor(random() * size));
  const file = readFileSync(path);
  const at = Math.floor(random() * size);
  if (kind === 1) file[at]! ^= 1 << Math.floor(random() * 8);
  if (kind === 2) {
    for (let i = at; i < Math.min(size, at + 64); i++) file[i]! ^= 1 + Math.floor(random() * 255);
  }
  writeFileSync(path, kind === 3 ? Buffer.concat([file, Buffer.alloc(1 + (at % 5000))]) : file);
}

interface Kills {
  readonly kills: number;
  /** Complete files that the killed writers left. */
  readonly files: number;
  /** Files that were damaged, or gave another answer. */
  readonly badFiles: number;
}

async function killWriters(home: string): Promise<Kills> {
  const kills = Number(values.kills);
  for (let i = 0; i < kills; i++) await killOne(join(home, 'killed'));
  const faults: KvFault[] = [];
  const thread = await startEngine(optionsIn(home, 'killed'), {
    onFault: (fault) => faults.push(fault),
  });
  try {
    const keys = await thread.client.kvKeys();
    const left = kvFiles(join(home, 'killed')).length - keys.length;
    // Reading them all shows whether one is damaged.
    const bad = keys.length > 0 ? await unreadable(join(home, 'killed'), keys) : 0;
    return { kills, files: keys.length, badFiles: bad + left + faults.length };
  } finally {
    await thread.close();
  }
}

/** The writer stores files as fast as it can and is killed after a random while. */
async function killOne(folder: string): Promise<void> {
  const child = fork(
    join(import.meta.dirname, 'store-child.ts'),
    [folder, String(Math.floor(random() * 1e9))],
    {
      execArgv: ['--import', 'tsx'],
      stdio: 'inherit',
    },
  );
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await new Promise((resolve) => child.once('message', resolve));
  await sleep(random() * 60);
  child.kill('SIGKILL');
  await ended;
}

async function unreadable(folder: string, keys: readonly string[]): Promise<number> {
  const { parseKvFile } = await import('../../cache/kv-file.ts');
  let bad = 0;
  for (const key of keys) {
    try {
      parseKvFile(key, readFileSync(join(folder, key.slice(0, 2), `${key}.kv`)));
    } catch {
      bad++;
    }
  }
  return bad;
}

function kvFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .sort();
}

await main();
