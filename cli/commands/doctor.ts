/** `graphblend doctor`: checks what the product stands on and says what to do about what is wrong. */
import { constants } from 'node:fs';
import { access, mkdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { freemem } from 'node:os';
import { readConfig, type PlatformConfig } from '../../api/index.ts';
import { withClient } from '../connect.ts';
import { bytes, dim, green, print, printJson, red } from '../terminal.ts';

interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly found: string;
  readonly fix?: string;
}

const GIB = 1024 ** 3;

export async function doctor(options: { json?: boolean }): Promise<number> {
  const config = readConfig(process.env);
  const checks = [
    nodeVersion(),
    await home(config),
    await disk(config),
    memory(),
    await models(config),
    await engine(),
  ];
  const failed = checks.filter((check) => !check.ok);
  if (options.json) printJson({ ok: failed.length === 0, checks });
  for (const check of options.json ? [] : checks) {
    print(`${check.ok ? green('ok  ') : red('bad ')} ${check.name.padEnd(12)} ${dim(check.found)}`);
    if (!check.ok && check.fix) print(`     ${check.fix}`);
  }
  return failed.length > 0 ? 1 : 0;
}

function nodeVersion(): Check {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { name: 'node', ok, found: process.versions.node, fix: 'Install Node 20.19 or newer.' };
}

async function home({ home: path }: PlatformConfig): Promise<Check> {
  const ok = await mkdir(path, { recursive: true })
    .then(() => access(path, constants.W_OK))
    .then(
      () => true,
      () => false,
    );
  return {
    name: 'home',
    ok,
    found: path,
    fix: 'Make the folder writable, or set GRAPHBLEND_HOME.',
  };
}

async function disk({ home: path, kvDiskBytes }: PlatformConfig): Promise<Check> {
  const space = await statfs(path);
  const free = space.bavail * space.bsize;
  return {
    name: 'disk',
    ok: free > GIB,
    found: `${bytes(free)} free; KV budget ${bytes(kvDiskBytes)}`,
    fix: 'Free at least 1 GiB, or lower GRAPHBLEND_KV_DISK_MIB.',
  };
}

function memory(): Check {
  const free = freemem();
  return {
    name: 'memory',
    ok: free > GIB / 2,
    found: `${bytes(free)} free`,
    fix: 'Free at least 512 MiB.',
  };
}

async function models({ readerFolder, embedderFolder }: PlatformConfig): Promise<Check> {
  const missing: string[] = [];
  for (const folder of [readerFolder, embedderFolder]) {
    for (const file of ['config.json', 'tokenizer.json', 'model.safetensors']) {
      const path = join(folder, file);
      await access(path).catch(() => missing.push(path));
    }
  }
  return {
    name: 'models',
    ok: missing.length === 0,
    found:
      missing.length === 0
        ? `${readerFolder}, ${embedderFolder}`
        : `missing: ${missing.join(', ')}`,
    fix: 'Check out models/ again, or point GRAPHBLEND_READER and GRAPHBLEND_EMBEDDER at checkpoints.',
  };
}

/** Loads everything, or asks the server that has. */
async function engine(): Promise<Check> {
  const started = performance.now();
  try {
    const { ready } = await withClient({ sample: false }, (client) => client.status());
    const ms = Math.round(performance.now() - started);
    return { name: 'engine', ok: ready, found: `models loaded and stores open in ${ms} ms` };
  } catch (error) {
    const { message, fix } = error as Error & { fix?: string };
    return { name: 'engine', ok: false, found: message, fix };
  }
}
