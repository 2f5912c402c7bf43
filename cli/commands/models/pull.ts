/** `graphblend models pull`. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import {
  proxiedFetch,
  type PulledModel,
  pullFromFolder,
  pullFromHub,
  type PullProgress,
} from '../../../engine/index.ts';
import { bytes, print, printJson } from '../../terminal.ts';
import { places } from './places.ts';

export interface PullCommandOptions {
  readonly revision: string;
  readonly name?: string;
  readonly json?: boolean;
}

const hub = 'https://huggingface.co';

export async function pull(what: string, options: PullCommandOptions): Promise<number> {
  const { models } = places();
  mkdirSync(models, { recursive: true });
  const shown = progress(options.json === true || !process.stderr.isTTY);
  const stop = new AbortController();
  const interrupted = () => stop.abort(interruption());
  process.once('SIGINT', interrupted);
  try {
    const proxied = await proxiedFetch(process.env);
    const settings = {
      ...(proxied && { fetch: proxied }),
      modelsFolder: models,
      endpoint: (process.env.HF_ENDPOINT || hub).replace(/\/+$/u, ''),
      token: process.env.HF_TOKEN || undefined,
      idleTimeoutMs: 30_000,
      attempts: 5,
      firstWaitMs: 1000,
      signal: stop.signal,
      onProgress: shown.update,
    };
    const isFolder = existsSync(what) && statSync(what).isDirectory();
    const pulled = isFolder
      ? pullFromFolder(resolve(what), options.name ?? basename(resolve(what)), settings)
      : await pullFromHub(what, options.revision, settings);
    shown.stop();
    report(what, pulled, options);
    return 0;
  } finally {
    shown.stop();
    process.removeListener('SIGINT', interrupted);
  }
}

function interruption(): Error {
  const error = new Error('Stopped: the same command goes on where it stopped.');
  error.name = 'AbortError';
  return error;
}

function report(what: string, pulled: PulledModel, { json }: PullCommandOptions): void {
  if (json) {
    printJson(pulled);
    return;
  }
  print(`${what}: ${pulled.files} files, ${bytes(pulled.bytes)}, in ${pulled.folder}`);
  print(`Check it:  graphblend models check ${pulled.name}`);
  print(`Use it:    GRAPHBLEND_READER=${pulled.name} graphblend serve`);
}

interface Shown {
  readonly update: (progress: PullProgress) => void;
  readonly stop: () => void;
}

function progress(isQuiet: boolean): Shown {
  if (isQuiet) return { update: () => undefined, stop: () => undefined };
  const format = ' {bar} {percentage}% of {size}  {file}';
  const bar = new SingleBar({ format, stream: process.stderr }, Presets.shades_classic);
  let isStarted = false;
  return {
    update({ file, doneBytes, totalBytes }) {
      const payload = { file, size: bytes(totalBytes) };
      if (isStarted) bar.update(doneBytes, payload);
      else bar.start(totalBytes, doneBytes, payload);
      isStarted = true;
    },
    stop() {
      if (isStarted) bar.stop();
      isStarted = false;
    },
  };
}
