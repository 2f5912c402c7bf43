/** Pulling from a hub: a local server that answers as the hub does, and that fails in all the ways networks fail. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  EngineError,
  findModel,
  HubError,
  listModels,
  loadDecoder,
  pullFromFolder,
  pullFromHub,
  type PullProgress,
  removeModel,
  verifyFiles,
} from '../../engine/index.ts';
import { fixture, temporaryFolder } from './support/fixtures.ts';
import { writeSums, copyOf } from './support/folders.ts';

const commit = 'c0ffee0123456789c0ffee0123456789c0ffee01';
const repo = 'tiny/mistral';
const names = ['config.json', 'generation_config.json', 'model.safetensors', 'golden.json'];
const content = new Map(names.map((name) => [name, readFileSync(join(fixture('mistral'), name))]));

interface Hub {
  /** Answers a request for a file instead of sending it; false lets it go through. */
  fault?: (request: IncomingMessage, response: ServerResponse, name: string) => boolean;
  listing?: (response: ServerResponse) => void;
  readonly requests: { readonly url: string; readonly headers: IncomingMessage['headers'] }[];
}

const hub: Hub = { requests: [] };
let server: Server;
let endpoint: string;

beforeAll(async () => {
  server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
afterEach(() => {
  hub.fault = undefined;
  hub.listing = undefined;
  hub.requests.length = 0;
});

function answer(request: IncomingMessage, response: ServerResponse): void {
  const url = request.url ?? '';
  hub.requests.push({ url, headers: request.headers });
  response.setHeader('connection', 'close'); // no later request meets a connection that a fault has broken
  if (url.startsWith(`/api/models/${repo}/revision/main`)) {
    if (hub.listing) return hub.listing(response);
    const siblings = [...content].map(([rfilename, data]) => ({
      rfilename,
      size: data.length,
      ...(rfilename.endsWith('.safetensors')
        ? { lfs: { sha256: sha('sha256', data), size: data.length } }
        : { blobId: sha('sha1', Buffer.concat([Buffer.from(`blob ${data.length}\0`), data])) }),
    }));
    response.end(JSON.stringify({ sha: commit, siblings }));
    return undefined;
  }
  const name = url.slice(`/${repo}/resolve/${commit}/`.length);
  const data = url.startsWith(`/${repo}/resolve/${commit}/`) ? content.get(name) : undefined;
  if (!data) {
    response.writeHead(404).end('not found');
  } else if (!hub.fault?.(request, response, name)) {
    send(request, response, data);
  }
  return undefined;
}

/** The whole file, or from where the range begins. */
function send(request: IncomingMessage, response: ServerResponse, data: Buffer): void {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  if (start > 0) {
    response.writeHead(206, {
      'content-range': `bytes ${start}-${data.length - 1}/${data.length}`,
      'content-length': data.length - start,
    });
  }
  response.end(data.subarray(start));
}

/** Breaks the connection as soon as so many bytes of the weights have reached the disk of the client. */
function breakOff(response: ServerResponse, models: string, bytes: number): void {
  const part = join(
    models,
    `tiny--mistral.partial-${commit.slice(0, 12)}`,
    'model.safetensors.part',
  );
  const timer = setInterval(() => {
    if (!existsSync(part) || statSync(part).size < bytes) return;
    clearInterval(timer);
    response.destroy();
  }, 2);
  timer.unref();
}

function sha(kind: string, data: Buffer): string {
  return createHash(kind).update(data).digest('hex');
}

function pull(modelsFolder: string, more: Partial<Parameters<typeof pullFromHub>[2]> = {}) {
  const options = {
    modelsFolder,
    endpoint,
    token: undefined,
    idleTimeoutMs: 2000,
    firstWaitMs: 1,
    attempts: 3,
  };
  return pullFromHub(repo, 'main', { ...options, ...more });
}

/** The error that a pull ends with. */
async function failure(pulling: Promise<unknown>): Promise<EngineError> {
  const error: unknown = await pulling.then(
    () => new Error('it succeeded'),
    (reason: unknown) => reason,
  );
  if (error instanceof EngineError) return error;
  throw error;
}

const ranges = () =>
  hub.requests.filter(({ url }) => url.endsWith('safetensors')).map(({ headers }) => headers.range);

describe('pulling from a hub', () => {
  it('brings what a loader reads, with checksums, and nothing else', async () => {
    const models = temporaryFolder();
    const seen: PullProgress[] = [];
    const pulled = await pull(models, { onProgress: (progress) => seen.push(progress) });
    expect(pulled.folder).toBe(join(models, 'tiny--mistral'));
    expect(readdirSync(models)).toEqual(['tiny--mistral']);
    expect(readdirSync(pulled.folder).toSorted()).toEqual([
      'SHA256SUMS',
      'config.json',
      'generation_config.json',
      'graphblend-source.json',
      'model.safetensors',
    ]);
    expect(verifyFiles(pulled.folder)).toEqual({ checked: 3, unlisted: 0 });
    expect(seen.at(-1)).toMatchObject({ doneBytes: pulled.bytes, totalBytes: pulled.bytes });
    expect(seen.map(({ doneBytes }) => doneBytes)).toEqual(
      seen.map(({ doneBytes }) => doneBytes).toSorted((a, b) => a - b),
    );
    const cacheDir = temporaryFolder();
    loadDecoder({ folder: pulled.folder, cacheDir, weights: 'fp32', threads: 1 }).close();
  });

  it('goes on by a range where the connection broke, and ends with the same bytes', async () => {
    const models = temporaryFolder();
    const data = content.get('model.safetensors')!;
    let broken = 0;
    hub.fault = (request, response, name) => {
      if (name !== 'model.safetensors' || broken++ >= 3) return false;
      const start = Number(/\d+/.exec(request.headers.range ?? '0')![0]);
      response.writeHead(start > 0 ? 206 : 200, {
        'content-length': data.length - start,
        'content-range': `bytes ${start}-${data.length - 1}/${data.length}`,
      });
      response.write(data.subarray(start, start + 10_000));
      breakOff(response, models, start + 10_000);
      return true;
    };
    const { folder } = await pull(models);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(data);
    expect(ranges()).toHaveLength(4);
    expect(ranges()[0]).toBeUndefined();
    expect(
      ranges()
        .slice(1)
        .every((range) => /^bytes=[1-9]\d*-$/.test(range ?? '')),
    ).toBe(true);
  });

  it('keeps what came when it gives up, and the same command goes on there', async () => {
    const models = temporaryFolder();
    const data = content.get('model.safetensors')!;
    hub.fault = (request, response, name) => {
      if (name !== 'model.safetensors') return false;
      if (request.headers.range) response.destroy();
      else {
        response.writeHead(200, { 'content-length': data.length });
        response.write(data.subarray(0, 20_000));
        breakOff(response, models, 20_000);
      }
      return true;
    };
    const error = await failure(pull(models));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toContain('model.safetensors');
    expect(listModels(models)).toMatchObject([{ name: repo, isPartial: true }]);
    expect(() => findModel(models, repo)).toThrow(/There is no model/);
    hub.fault = undefined;
    hub.requests.length = 0;
    const { folder } = await pull(models);
    expect(ranges()[0]).toMatch(/^bytes=[1-9]/);
    expect(hub.requests.some(({ url }) => url.endsWith('/config.json'))).toBe(false);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(data);
    expect(listModels(models)).toMatchObject([{ name: repo, isPartial: false }]);
  });

  it('starts again where the server knows no ranges', async () => {
    const models = temporaryFolder();
    const part = join(models, `tiny--mistral.partial-${commit.slice(0, 12)}`);
    mkdirSync(part, { recursive: true });
    writeFileSync(join(part, 'model.safetensors.part'), Buffer.alloc(5000, 7));
    hub.fault = (_, response, name) => {
      response.end(content.get(name));
      return true;
    };
    const { folder } = await pull(models);
    expect(readFileSync(join(folder, 'model.safetensors'))).toEqual(
      content.get('model.safetensors'),
    );
  });

  it('refuses and deletes a file with other bytes than the hub promised', async () => {
    for (const bad of ['model.safetensors', 'config.json']) {
      const models = temporaryFolder();
      hub.fault = (_, response, name) => {
        if (name !== bad) return false;
        const data = Buffer.from(content.get(name)!);
        data[data.length >> 1]! ^= 1;
        response.end(data);
        return true;
      };
      const error = await failure(pull(models));
      expect(error.message).toContain(`${bad} does not have the checksum`);
      expect(existsSync(join(models, 'tiny--mistral'))).toBe(false);
      hub.fault = undefined;
      await pull(models);
    }
  });

  it('refuses a file that never ends, and gives a silent connection up', async () => {
    hub.fault = (_, response, name) => {
      if (name !== 'config.json') return false;
      response.end(Buffer.concat([content.get(name)!, Buffer.from('more')]));
      return true;
    };
    expect((await failure(pull(temporaryFolder()))).message).toContain('sends more than');
    hub.fault = (_, response) => {
      response.writeHead(200).write('{');
      return true; // and then nothing
    };
    const silent = pull(temporaryFolder(), { idleTimeoutMs: 100, attempts: 1 });
    expect((await failure(silent)).message).toContain('nothing came for 100 ms');
  });

  it('sends the token, and says what to do without one', async () => {
    await pull(temporaryFolder(), { token: 'hf_secret' });
    expect(hub.requests.every(({ headers }) => headers.authorization === 'Bearer hf_secret')).toBe(
      true,
    );
    hub.listing = (response) => response.writeHead(401).end();
    const error = await failure(pull(temporaryFolder()));
    expect(error.message).toContain('401');
    expect(error.fix).toContain('set HF_TOKEN');
    expect(error.message).not.toContain('hf_secret');
  });

  it('says what is wrong with a name, a repository without weights, and a hub that is none', async () => {
    hub.listing = (response) => response.writeHead(404).end();
    expect((await failure(pull(temporaryFolder()))).fix).toContain('Check the name');
    hub.listing = (response) =>
      response.end(JSON.stringify({ sha: commit, siblings: [{ rfilename: 'a.gguf', size: 1 }] }));
    expect((await failure(pull(temporaryFolder()))).fix).toContain('GGUF');
    hub.listing = (response) => response.end('<html>');
    expect((await failure(pull(temporaryFolder()))).fix).toContain('HF_ENDPOINT');
    await expect(pullFromHub('../../etc', 'main', { ...nowhere(), endpoint })).rejects.toThrow(
      HubError,
    );
  });

  it('says what to do without a network', async () => {
    const error = await failure(pullFromHub(repo, 'main', nowhere()));
    expect(error).toBeInstanceOf(HubError);
    expect(error.message).toContain('cannot be reached (ECONNREFUSED)');
    expect(error.fix).toContain('HF_ENDPOINT');
  });

  it('ends at once when it is stopped, and goes on later', async () => {
    const models = temporaryFolder();
    const stop = new AbortController();
    hub.fault = (_, response, name) => {
      if (name !== 'model.safetensors') return false;
      response
        .writeHead(200)
        .write(content.get(name)!.subarray(0, 1000), () =>
          stop.abort(new Error('stopped by hand')),
        );
      return true;
    };
    await expect(pull(models, { signal: stop.signal })).rejects.toThrow('stopped by hand');
    hub.fault = undefined;
    await pull(models);
    expect(listModels(models)).toMatchObject([{ isPartial: false }]);
  });
});

/** A port where nobody listens. */
function nowhere() {
  return {
    modelsFolder: temporaryFolder(),
    endpoint: 'http://127.0.0.1:59999',
    token: undefined,
    idleTimeoutMs: 1000,
    attempts: 1,
    firstWaitMs: 1,
  };
}

describe('models on this machine', () => {
  it('are copied from a folder with their checksums, listed, found and removed', () => {
    const models = temporaryFolder();
    const { folder } = pullFromFolder(fixture('bert'), 'my/bert', {
      ...nowhere(),
      modelsFolder: models,
    });
    expect(existsSync(join(folder, '1_Pooling', 'config.json'))).toBe(true);
    expect(existsSync(join(folder, 'golden.json'))).toBe(false);
    expect(verifyFiles(folder).checked).toBeGreaterThan(5);
    expect(findModel(models, 'my/bert')).toBe(folder);
    expect(findModel(models, folder)).toBe(folder);
    expect(removeModel(models, 'my/bert')).toBeGreaterThan(0);
    expect(readdirSync(models)).toEqual([]);
    expect(() => removeModel(models, 'my/bert')).toThrow(/There is no model/);
  });

  it('are not copied from a folder whose checksums are wrong, or that holds no checkpoint', () => {
    const damaged = copyOf('mistral');
    writeSums(damaged);
    writeFileSync(join(damaged, 'config.json'), '{}');
    const models = temporaryFolder();
    const copy = (folder: string) => () =>
      pullFromFolder(folder, 'x', { ...nowhere(), modelsFolder: models });
    expect(copy(damaged)).toThrow(/config\.json: has sha256/);
    expect(copy(temporaryFolder())).toThrow(/holds no checkpoint/);
    expect(() => pullFromFolder(damaged, '../x', { ...nowhere(), modelsFolder: models })).toThrow(
      /is no name of a model/,
    );
  });
});
