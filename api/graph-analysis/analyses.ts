/**
 * What was computed over the graphs of workspaces, kept until the graph changes. Large graphs are computed in a
 * thread of their own (docs/decisions/0004-threads.md), which ends when nobody waits for it any more.
 */
import { Worker } from 'node:worker_threads';
import { workerFile } from '../../cache/index.ts';
import {
  type Adjacencies,
  type Adjacency,
  type FactColumns,
  factColumns,
  type FactNames,
} from '../../graph/index.ts';
import { HttpError } from '../problems.ts';
import { runTask, type TaskName, type TaskResults } from './tasks.ts';

export interface Analysis<Name extends TaskName> {
  readonly result: TaskResults[Name];
  readonly columns: FactColumns;
  readonly names: FactNames;
}

/** Facts up to which a computation takes no longer than other requests can wait. */
const MAX_FACTS_HERE = 2_000;
/** Results kept, the latest asked for. */
const MAX_KEPT = 20;

interface Kept {
  readonly version: number;
  readonly done: Promise<Analysis<TaskName>>;
  readonly stop: () => void;
  waiting: number;
  ended: boolean;
}

export class GraphAnalyses {
  readonly #adjacencies: Adjacencies;
  readonly #kept = new Map<string, Kept>();

  constructor(adjacencies: Adjacencies) {
    this.#adjacencies = adjacencies;
  }

  /** Throws HttpError 501 if the graph store cannot give its graph. */
  async adjacency(workspaceId: string): Promise<Adjacency> {
    const adjacency = await this.#adjacencies.of(workspaceId);
    if (adjacency) return adjacency;
    throw new HttpError(
      501,
      'graph_algorithms_unavailable',
      'The graph store of this server cannot stream its graph.',
      'Use the SQLite graph store for graph algorithms.',
    );
  }

  /** Rejects when `signal` is aborted; the computation goes on while somebody else waits for it. */
  async of<Name extends TaskName>(
    workspaceId: string,
    name: Name,
    signal: AbortSignal,
  ): Promise<Analysis<Name>> {
    const adjacency = await this.adjacency(workspaceId);
    const version = this.#adjacencies.versionOf(workspaceId);
    const key = `${name} ${workspaceId}`;
    let kept = this.#kept.get(key);
    if (kept?.version !== version) {
      if (kept?.waiting === 0) kept.stop();
      kept = started(name, adjacency, version);
    }
    this.#kept.delete(key);
    this.#kept.set(key, kept);
    kept.done.catch(() => this.#drop(key, kept));
    this.#trim();
    return (await this.#wait(key, kept, signal)) as Analysis<Name>;
  }

  async #wait(key: string, kept: Kept, signal: AbortSignal): Promise<Analysis<TaskName>> {
    kept.waiting++;
    try {
      return await Promise.race([kept.done, aborted(signal)]);
    } finally {
      kept.waiting--;
      if (kept.waiting === 0 && !kept.ended) {
        kept.stop();
        this.#drop(key, kept);
      }
    }
  }

  #drop(key: string, kept: Kept): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key);
  }

  #trim(): void {
    for (const [key, { waiting }] of this.#kept) {
      if (this.#kept.size <= MAX_KEPT) return;
      if (waiting === 0) this.#kept.delete(key);
    }
  }
}

function started(name: TaskName, adjacency: Adjacency, version: number): Kept {
  const { columns, names } = factColumns(adjacency);
  const { result, stop } =
    adjacency.factCount <= MAX_FACTS_HERE
      ? { result: Promise.resolve(runTask(name, columns)), stop: () => {} }
      : inThread(name, columns);
  const kept: Kept = {
    version,
    stop,
    waiting: 0,
    ended: false,
    done: result
      .then((value) => ({ result: value, columns, names }))
      .finally(() => (kept.ended = true)),
  };
  return kept;
}

function inThread(
  name: TaskName,
  columns: FactColumns,
): { result: Promise<TaskResults[TaskName]>; stop: () => void } {
  const worker = new Worker(workerFile(import.meta.url, './worker'), {
    workerData: { name, columns },
  });
  // A server that ends does not wait for it.
  worker.unref();
  const result = new Promise<TaskResults[TaskName]>((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
    worker.once('exit', (code) =>
      reject(new Error(`the thread of ${name} ended with code ${code}`)),
    );
  });
  return { result, stop: () => void worker.terminate() };
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const stop = (): void => reject(signal.reason as Error);
    if (signal.aborted) stop();
    else signal.addEventListener('abort', stop, { once: true });
  });
}
