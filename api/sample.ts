/** The sample workspace: loaded into an empty home at the first start. */
import { existsSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { mediaTypeOfName, replaceFile, type IngestService } from '../ingest/index.ts';
import type { CorpusStore, Workspace } from '../graph/index.ts';
import { packageRoot } from './package-root.ts';
import type { Platform } from './platform.ts';

export interface SampleMarker {
  readonly workspaceId: string;
  /** False while documents are still being handed in. */
  readonly complete: boolean;
}

interface Manifest {
  readonly name: string;
  readonly description: string;
  readonly files: readonly string[];
}

/** A question that comes with the sample; those of `unanswerable.json` have only an id and the question. */
export interface SampleQuestion {
  readonly id: string;
  readonly question: string;
  /** Number of documents that the evidence goes through. */
  readonly hops: number;
  /** Accepted answers. */
  readonly answers: readonly string[];
  /** Names of the files that together hold the evidence. */
  readonly documents: readonly string[];
}

export function readSampleQuestions(
  file: 'questions.json' | 'unanswerable.json' = 'questions.json',
): SampleQuestion[] {
  return JSON.parse(readFileSync(join(sampleFolder(), file), 'utf8')) as SampleQuestion[];
}

export function sampleFolder(): string {
  return join(packageRoot(), 'ingest', 'sample');
}

/** Which workspace of this home is the sample; undefined if there is none, or nobody can tell. */
export function readSampleMarker(home: string): SampleMarker | undefined {
  const path = markerPath(home);
  if (!existsSync(path)) return undefined;
  try {
    const { workspaceId, complete } = JSON.parse(readFileSync(path, 'utf8')) as SampleMarker;
    return typeof workspaceId === 'string' ? { workspaceId, complete } : undefined;
  } catch {
    return undefined;
  }
}

/** Loads the sample if the home has no workspace yet, or goes on where a crash interrupted that. */
export async function ensureSample({ stores, ingest, config, log }: Platform): Promise<void> {
  if (!config.sample) return;
  const marker = readSampleMarker(config.home);
  if (marker?.complete) return;
  if (!marker && existsSync(markerPath(config.home))) {
    log.warn({ file: markerPath(config.home) }, 'the sample marker is damaged and is not used');
  }
  const workspace = marker
    ? (stores.corpus.workspace(marker.workspaceId) ?? (await createSampleWorkspace(stores.corpus)))
    : await firstWorkspace(stores.corpus);
  if (!workspace) return;
  writeMarker(config.home, { workspaceId: workspace.id, complete: false });
  await submitSample(workspace, ingest);
  writeMarker(config.home, { workspaceId: workspace.id, complete: true });
}

/**
 * The workspace for the sample of a home without a marker: a new one if there is none yet, or an empty one
 * with the sample's name, which a crash has left before the marker was written.
 */
async function firstWorkspace(corpus: CorpusStore): Promise<Workspace | undefined> {
  const [first, second] = corpus.workspaces({ limit: 2 }).data;
  if (!first) return createSampleWorkspace(corpus);
  const { name } = await readManifest();
  const isLeftOver = !second && first.name === name && corpus.counts(first.id).documents === 0;
  return isLeftOver ? first : undefined;
}

export async function createSampleWorkspace(corpus: CorpusStore): Promise<Workspace> {
  const { name, description } = await readManifest();
  return corpus.createWorkspace({ name, description });
}

/** Hands in all documents of the sample; those that are there already are left alone. */
export async function submitSample(workspace: Workspace, ingest: IngestService): Promise<void> {
  const { files } = await readManifest();
  for (const name of files) {
    const bytes = await readFile(join(sampleFolder(), 'files', name));
    await ingest.submitBytes(
      {
        workspaceId: workspace.id,
        externalKey: name,
        name,
        mediaType: mediaTypeOfName(name),
        source: 'sample',
        bytes: bytes.length,
      },
      bytes,
    );
  }
}

async function readManifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(sampleFolder(), 'workspace.json'), 'utf8')) as Manifest;
}

function writeMarker(home: string, marker: SampleMarker): void {
  replaceFile(markerPath(home), JSON.stringify(marker));
}

function markerPath(home: string): string {
  return join(home, 'sample.json');
}
