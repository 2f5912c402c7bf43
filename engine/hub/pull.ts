/** A checkpoint from the hub, or from a folder, into the folder of models: complete with checksums, or not at all. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { checksumFile, hashFile, openCheckpointFolder, sourceFile } from '../checkpoint/folder.ts';
import { EngineError } from '../errors.ts';
import { type HubFile, type HubOptions, readRevision } from './client.ts';
import { download } from './download.ts';
import { folderOfModel } from './store.ts';

export interface PullProgress {
  readonly file: string;
  /** Of the file, and of all files. */
  readonly fileBytes: number;
  readonly doneBytes: number;
  readonly totalBytes: number;
}

export interface PullOptions extends HubOptions {
  /** Where models are kept, one folder each. */
  readonly modelsFolder: string;
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PulledModel {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
  readonly files: number;
}

/** Beside the weights, everything that a loader reads, and the licence. */
const wanted =
  /^(config|generation_config|tokenizer|tokenizer_config|special_tokens_map|modules|sentence_bert_config|config_sentence_transformers)\.json$|^chat_template\.jinja$|^[\w-]*Pooling\/config\.json$|^(LICENSE|NOTICE)[\w.]*$|^README\.md$/;
const single = 'model.safetensors';
const index = 'model.safetensors.index.json';
const shard = /^model-\d+-of-\d+\.safetensors$/;

/** Downloads `owner/name`; what an earlier try left is taken up again. Throws HubError or EngineError. */
export async function pullFromHub(
  repo: string,
  revision: string,
  options: PullOptions,
): Promise<PulledModel> {
  const { commit, files } = await readRevision(repo, revision, options);
  const chosen = choose(repo, files);
  const total = chosen.reduce((sum, { bytes }) => sum + bytes, 0);
  const target = folderOfModel(options.modelsFolder, repo);
  const partial = `${target}.partial-${commit.slice(0, 12)}`;
  mkdirSync(partial, { recursive: true });
  checkSpace(options.modelsFolder, total - bytesIn(partial));
  let before = 0;
  const sums: string[] = [];
  for (const file of chosen) {
    const path = join(partial, file.name);
    const report = (fileBytes: number) =>
      options.onProgress?.({
        file: file.name,
        fileBytes,
        doneBytes: before + fileBytes,
        totalBytes: total,
      });
    const sha256 = existsSync(path)
      ? hashFile(path).digest('hex') // it was compared with the hub's when it came
      : await download(file, path, {
          ...options,
          repo,
          commit,
          onBytes: report,
        });
    report(file.bytes);
    before += file.bytes;
    sums.push(`${sha256}  ${file.name}\n`);
  }
  publish(partial, target, sums, { repo, revision, commit });
  return { name: repo, folder: target, bytes: total, files: chosen.length };
}

/** Copies a checkpoint folder that lies on this machine. Its SHA256SUMS, if it has one, must be right. */
export function pullFromFolder(folder: string, name: string, options: PullOptions): PulledModel {
  const checkpoint = openCheckpointFolder(folder);
  const files = listFiles(folder).filter((file) => wanted.test(file) || isWeight(file));
  choose(
    folder,
    files.map((file) => ({ name: file, bytes: 0, sha256: undefined, gitSha1: undefined })),
  );
  const sizes = files.map((file) => statSync(join(folder, file)).size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const target = folderOfModel(options.modelsFolder, name);
  const partial = `${target}.partial-copy`;
  mkdirSync(partial, { recursive: true });
  checkSpace(options.modelsFolder, total);
  let before = 0;
  const sums = files.map((file, i) => {
    checkpoint.verify(file);
    cpSync(join(folder, file), join(partial, file), { recursive: true });
    before += sizes[i]!;
    options.onProgress?.({
      file,
      fileBytes: sizes[i]!,
      doneBytes: before,
      totalBytes: total,
    });
    return `${hashFile(join(partial, file)).digest('hex')}  ${file}\n`;
  });
  publish(partial, target, sums, { folder });
  return { name, folder: target, bytes: total, files: files.length };
}

const isWeight = (name: string): boolean => name === single || name === index || shard.test(name);

function choose(repo: string, files: readonly HubFile[]): HubFile[] {
  const names = new Set(files.map(({ name }) => name));
  if (!names.has('config.json') || !(names.has(single) || names.has(index))) {
    throw new EngineError(
      `${repo} holds no checkpoint: expected config.json and ${single} (or its shards)`,
      {
        fix: 'Choose a repository with safetensors weights; GGUF, ONNX and pickled weights are not read.',
      },
    );
  }
  // Where both forms lie there, the single file is taken.
  const weights = (name: string) =>
    names.has(single) ? name === single : name === index || shard.test(name);
  return files.filter(({ name }) => wanted.test(name) || weights(name));
}

function listFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(folder.length + 1)
        .replaceAll('\\', '/'),
    );
}

function bytesIn(folder: string): number {
  return listFiles(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
}

function checkSpace(folder: string, needed: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize > needed) return;
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  throw new EngineError(
    `${folder} has ${gib(bavail * bsize)} left, but ${gib(needed)} are to come`,
    {
      fix: 'Free disk space there, or set GRAPHBLEND_HOME to a larger disk.',
    },
  );
}

/** The folder appears complete; an older one under this name is replaced. */
function publish(partial: string, target: string, sums: readonly string[], source: object): void {
  writeFileSync(join(partial, sourceFile), `${JSON.stringify(source, undefined, 1)}\n`);
  writeFileSync(join(partial, checksumFile), sums.join(''), { flush: true });
  const old = `${target}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(target)) renameSync(target, old);
  renameSync(partial, target);
  rmSync(old, { recursive: true, force: true });
}
