/**
 * Crash harness: documents are handed in while the server is killed (SIGKILL, with its parser processes)
 * again and again; when all jobs have ended, the home must hold what an undisturbed ingest leaves.
 */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer, type TestServer } from '../../test/support/server.ts';
import type { Upload } from './documents.ts';
import { canonicalDump, kvContents } from './dump.ts';
import { shuffled, type Random } from './random.ts';

export interface Harness {
  /** A home with the converted models and the workspace, to be copied: salts and so KV keys agree. */
  readonly prepared: string;
  readonly workspaceId: string;
  readonly embedder: string;
  readonly documents: readonly Upload[];
  readonly expected: readonly string[];
  readonly expectedKv: ReadonlyMap<string, string>;
  readonly undisturbedMs: number;
  close(): void;
}

export interface Kill {
  /** Milliseconds since the server was started, or since the first upload. */
  readonly afterMs: number;
  readonly since: 'start' | 'upload';
  /** What the running job was at; 'starting' before the server listened. */
  readonly stage: string;
  readonly accepted: number;
}

export interface HomeResult {
  readonly home: number;
  readonly kills: readonly Kill[];
  readonly seconds: number;
  /** Lines that only one of the two dumps has; '-' lacks here, '+' is too much here. */
  readonly differences: readonly string[];
  readonly failedJobs: readonly string[];
  /** KV files with the same key, but other bytes than the undisturbed ones. */
  readonly kvRewritten: number;
}

const MIN_DELAY_MS = 50;
const MAX_DELAY_MS = 3000;
/** Share of kills whose delay counts from the start of the process: they hit loading and repair. */
const AT_START = 0.2;
const ENDED_TIMEOUT_MS = 180_000;

/** Prepares a home and ingests the documents undisturbed. */
export async function openHarness(documents: readonly Upload[]): Promise<Harness> {
  const root = mkdtempSync(join(tmpdir(), 'graphblend-crash-'));
  try {
    const prepared = join(root, 'prepared');
    // A model that is trained and replaced meanwhile must not change the keys.
    cpSync(resolve(import.meta.dirname, '../../models'), join(root, 'models'), { recursive: true });
    const first = await start(prepared, root);
    const { id: workspaceId } = await json<{ id: string }>(first, '/v1/workspaces', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'Crash' }),
    });
    const status = await json<{ embedder: { fingerprint: string } }>(first, '/v1/status');
    await first.stop();
    const calm = join(root, 'calm');
    cpSync(prepared, calm, { recursive: true });
    const started = performance.now();
    const server = await start(calm, root);
    for (const each of documents) await upload(server, workspaceId, each);
    await ended(server, workspaceId);
    const undisturbedMs = performance.now() - started;
    await server.stop();
    const embedder = status.embedder.fingerprint;
    return {
      prepared,
      workspaceId,
      embedder,
      documents,
      expected: await canonicalDump(calm, workspaceId, embedder),
      expectedKv: kvContents(calm),
      undisturbedMs,
      close: () => rmSync(root, { recursive: true, force: true }),
    };
  } catch (error) {
    rmSync(root, { recursive: true, force: true });
    throw error;
  }
}

/** One home: `kills` kills while the documents are handed in and ingested, then on to the end. */
export async function killRun(
  harness: Harness,
  run: {
    home: number;
    kills: number;
    random: Random;
    /** Longest delay of a kill, milliseconds; default 3000. */
    maxDelayMs?: number;
    /** May tamper with the home before the last start. */
    afterKills?: (home: string) => void;
  },
): Promise<HomeResult> {
  const started = performance.now();
  const root = resolve(harness.prepared, '..');
  const home = join(root, `home-${run.home}`);
  cpSync(harness.prepared, home, { recursive: true });
  try {
    const waiting = new Map(
      shuffled(harness.documents, run.random).map((each) => [each.name, each]),
    );
    const kills: Kill[] = [];
    for (let n = 0; n < run.kills; n++) {
      const { random, maxDelayMs = MAX_DELAY_MS } = run;
      kills.push(await killOnce({ harness, home, root, waiting, random, maxDelayMs }));
    }
    run.afterKills?.(home);
    const server = await start(home, root);
    for (const each of waiting.values()) await upload(server, harness.workspaceId, each);
    const failedJobs = await ended(server, harness.workspaceId);
    await server.stop();
    const found = await canonicalDump(home, harness.workspaceId, harness.embedder);
    return {
      home: run.home,
      kills,
      seconds: (performance.now() - started) / 1000,
      differences: differences(harness.expected, found),
      failedJobs,
      kvRewritten: rewritten(harness.expectedKv, kvContents(home)),
    };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

interface KillContext {
  readonly harness: Harness;
  readonly home: string;
  readonly root: string;
  /** Documents whose acceptance was not confirmed; shrinks. */
  readonly waiting: Map<string, Upload>;
  readonly random: Random;
  readonly maxDelayMs: number;
}

async function killOnce(context: KillContext): Promise<Kill> {
  const { harness, home, root, waiting, random, maxDelayMs } = context;
  const since = random() < AT_START ? 'start' : 'upload';
  const afterMs = Math.round(delayMs(random(), maxDelayMs, waiting.size > 0 && since === 'upload'));
  const accepted = (): number => harness.documents.length - waiting.size;
  const early = new AbortController();
  const timer = setTimeout(() => early.abort(), since === 'start' ? afterMs : 2 ** 30);
  const started = performance.now();
  const server = await start(home, root, early.signal).catch((error: unknown) => {
    if (early.signal.aborted) return undefined;
    throw error;
  });
  clearTimeout(timer);
  if (!server) return { afterMs, since, stage: 'starting', accepted: accepted() };
  const submitting = submit(server, harness.workspaceId, waiting);
  await sleep(since === 'upload' ? afterMs : Math.max(0, afterMs - (performance.now() - started)));
  const stage = await stageOf(server, harness.workspaceId);
  await server.kill();
  await submitting;
  return { afterMs, since, stage, accepted: accepted() };
}

/** Uniform; while documents are still to be handed in, which takes about a second, early moments are likelier. */
function delayMs(uniform: number, longest: number, early: boolean): number {
  return early
    ? MIN_DELAY_MS * (longest / MIN_DELAY_MS) ** uniform
    : MIN_DELAY_MS + uniform * (longest - MIN_DELAY_MS);
}

/** Hands in what is waiting until the server is killed. */
async function submit(
  server: TestServer,
  workspaceId: string,
  waiting: Map<string, Upload>,
): Promise<void> {
  for (const each of waiting.values()) {
    try {
      await upload(server, workspaceId, each);
      waiting.delete(each.name);
    } catch (error) {
      // A kill cuts the line; what the server itself refuses is an error.
      if (error instanceof RefusedError) throw error;
      return;
    }
  }
}

class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

function start(home: string, root: string, signal?: AbortSignal): Promise<TestServer> {
  return startServer({
    home,
    signal,
    env: {
      GRAPHBLEND_READER: join(root, 'models/reader'),
      GRAPHBLEND_EMBEDDER: join(root, 'models/embedder'),
    },
  });
}

async function upload(server: TestServer, workspaceId: string, each: Upload): Promise<void> {
  const form = new FormData();
  form.set('file', new File([each.content as BlobPart], each.name));
  await json(server, `/v1/workspaces/${workspaceId}/documents`, { method: 'POST', body: form });
}

async function json<T>(server: TestServer, path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(server.url + path, init);
  const text = await response.text();
  if (!response.ok)
    throw new RefusedError(`${path}: ${response.status} ${text}\n${server.output()}`);
  return JSON.parse(text) as T;
}

interface JobView {
  readonly id: string;
  readonly state: string;
  readonly stage: string;
  readonly document_name: string;
  readonly error: { message: string } | null;
}

/** Waits for the end of all jobs; returns those that did not succeed. */
async function ended(server: TestServer, workspaceId: string): Promise<string[]> {
  for (const since = performance.now(); ; await sleep(100)) {
    const jobs = await jobsOf(server, workspaceId);
    const open = jobs.filter(({ state }) => state === 'enqueued' || state === 'processing');
    if (open.length === 0) {
      return jobs
        .filter(({ state }) => state !== 'succeeded')
        .map((job) => `${job.document_name}: ${job.state} ${job.error?.message ?? ''}`);
    }
    if (performance.now() - since > ENDED_TIMEOUT_MS) {
      throw new Error(`jobs do not end: ${JSON.stringify(open)}\n${server.output()}`);
    }
  }
}

async function jobsOf(server: TestServer, workspaceId: string, more = ''): Promise<JobView[]> {
  const path = `/v1/jobs?limit=200&workspace_id=${workspaceId}${more}`;
  return (await json<{ data: JobView[] }>(server, path)).data;
}

async function stageOf(server: TestServer, workspaceId: string): Promise<string> {
  const [job] = await jobsOf(server, workspaceId, '&state=processing');
  return job?.stage ?? 'idle';
}

function differences(expected: readonly string[], found: readonly string[]): string[] {
  return [
    ...missing(expected, found).map((line) => `- ${line}`),
    ...missing(found, expected).map((line) => `+ ${line}`),
  ];
}

/** Lines of `a` that `b` has fewer of. */
function missing(a: readonly string[], b: readonly string[]): string[] {
  const left = new Map<string, number>();
  for (const line of b) left.set(line, (left.get(line) ?? 0) + 1);
  return a.filter((line) => {
    const count = left.get(line) ?? 0;
    left.set(line, count - 1);
    return count <= 0;
  });
}

function rewritten(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): number {
  return [...found].filter(([path, hash]) => expected.has(path) && expected.get(path) !== hash)
    .length;
}
