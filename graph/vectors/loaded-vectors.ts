/**
 * The vectors of one workspace and embedder in memory. Either `exact` or `hnsw` holds all of them; while an
 * hnsw graph is built, it is `growing` beside `exact`.
 */
import { exactIndex, type ExactIndex } from './exact-index.ts';
import type { HnswGraph } from './hnsw-graph.ts';
import { labelTable, type LabelTable } from './label-table.ts';
import { startSlices } from './slices.ts';
import type { StoredVector, VectorSource } from './vector-source.ts';

const ROWS_PER_READ = 128;

export interface LoadedVectors {
  readonly dim: number;
  readonly labels: LabelTable;
  exact: ExactIndex | undefined;
  hnsw: HnswGraph | undefined;
  growing: HnswGraph | undefined;
  /** Change up to which this is level with the source. */
  lastSeq: number;
  /** Changes that no file has. */
  unsaved: number;
  /** Candidates that a search looks at, and of how many vectors that was found out; undefined: not yet. */
  tuned: Tuned | undefined;
  /** How many vectors the last filter allowed, at which change. */
  counted: AllowedCount | undefined;
}

export interface Tuned {
  readonly ef: number;
  readonly size: number;
}

export interface AllowedCount {
  readonly allows: (document: number) => boolean;
  readonly lastSeq: number;
  readonly vectors: number;
}

/**
 * Reads everything from the source. A graph that was saved earlier may be old: its labels are compared
 * with those of the source, so it only saves work and is never wrong.
 */
export async function loadVectors(
  source: VectorSource,
  dim: number,
  saved: HnswGraph | undefined,
  tuned?: Tuned,
): Promise<LoadedVectors> {
  const state: LoadedVectors = {
    dim,
    labels: labelTable(),
    exact: saved ? undefined : exactIndex(dim),
    hnsw: saved,
    growing: undefined,
    lastSeq: source.newestChange(), // before the rows: what comes later is in the log as well
    unsaved: 0,
    tuned,
    counted: undefined,
  };
  if (saved) await matchLabels(state, saved, source);
  if (state.labels.size < source.count()) {
    await eachVector(source, (row) => add(state, row));
  }
  return state;
}

async function matchLabels(
  state: LoadedVectors,
  saved: HnswGraph,
  source: VectorSource,
): Promise<void> {
  const pause = startSlices();
  for (let after = 0; ;) {
    const page = source.labels(after, 4 * ROWS_PER_READ);
    if (page.length === 0) break;
    for (const { label, document } of page) {
      if (saved.has(label)) state.labels.add(label, document);
    }
    after = page.at(-1)!.label;
    await pause();
  }
  for (const label of saved.labels()) if (!state.labels.has(label)) saved.remove(label);
}

/** Follows the log of changes to its end. */
export async function catchUp(state: LoadedVectors, source: VectorSource): Promise<void> {
  const pause = startSlices();
  for (;;) {
    const newest = source.newestChange(); // before the changes, so that none is skipped
    if (newest <= state.lastSeq) return;
    const changes = source.changes(state.lastSeq, ROWS_PER_READ);
    for (const change of changes) {
      if (change.added) add(state, change.added);
      else remove(state, change.label);
      state.lastSeq = change.seq;
      await pause();
    }
    if (changes.length === 0) state.lastSeq = newest;
  }
}

/** Visits the stored rows in slices. */
export async function eachVector(
  source: VectorSource,
  visit: (row: StoredVector) => void,
): Promise<void> {
  const pause = startSlices();
  for (let after = 0; ;) {
    const page = source.vectors(after, ROWS_PER_READ);
    if (page.length === 0) return;
    for (const row of page) {
      visit(row);
      await pause();
    }
    after = page.at(-1)!.label;
  }
}

/** Visits those of the labels that are still there, in slices. */
export async function eachVectorAt(
  source: VectorSource,
  labels: readonly number[],
  visit: (row: StoredVector) => void,
): Promise<void> {
  const pause = startSlices();
  for (let i = 0; i < labels.length; i += ROWS_PER_READ) {
    for (const row of source.vectorsAt(labels.slice(i, i + ROWS_PER_READ))) visit(row);
    await pause();
  }
}

function add(state: LoadedVectors, row: StoredVector): void {
  if (state.labels.has(row.label)) return;
  state.exact?.add(row.label, row.vector);
  state.hnsw?.add(row.label, row.vector);
  state.growing?.add(row.label, row.vector);
  state.labels.add(row.label, row.document);
  state.unsaved++;
}

function remove(state: LoadedVectors, label: number): void {
  if (!state.labels.has(label)) return;
  state.exact?.remove(label);
  state.hnsw?.remove(label);
  state.growing?.remove(label);
  state.labels.remove(label);
  state.unsaved++;
}
