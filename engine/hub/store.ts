/** The folder of models that were pulled: one folder each, called owner--name. */
import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { EngineError } from '../errors.ts';

export interface StoredModel {
  readonly name: string;
  readonly folder: string;
  readonly bytes: number;
  /** Pulled only in part: the same `pull` goes on. */
  readonly isPartial: boolean;
}

const validName = /^[\w.-]+(\/[\w.-]+)?$/;

export function folderOfModel(modelsFolder: string, name: string): string {
  if (!validName.test(name) || name.includes('..')) {
    throw new EngineError(`${JSON.stringify(name)} is no name of a model`, {
      fix: 'Give owner/name as the hub shows it, or the path of a checkpoint folder.',
    });
  }
  return join(modelsFolder, name.replace('/', '--'));
}

/** A folder as it is, or a pulled model by its name. */
export function findModel(modelsFolder: string, nameOrFolder: string): string {
  if (existsSync(join(nameOrFolder, 'config.json'))) return resolve(nameOrFolder);
  const pulled = pulledModel(modelsFolder, nameOrFolder);
  if (pulled !== undefined) return pulled;
  throw new EngineError(`There is no model ${JSON.stringify(nameOrFolder)}`, {
    fix: 'Give the path of a checkpoint folder, or a name that `graphblend models list` shows; `graphblend models pull` fetches one.',
  });
}

/** The folder of a pulled model; undefined if there is none of this name. */
export function pulledModel(modelsFolder: string, name: string): string | undefined {
  if (!validName.test(name) || name.includes('..')) return undefined;
  const folder = folderOfModel(modelsFolder, name);
  return existsSync(join(folder, 'config.json')) ? folder : undefined;
}

export function listModels(modelsFolder: string): StoredModel[] {
  if (!existsSync(modelsFolder)) return [];
  return readdirSync(modelsFolder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.endsWith('.old'))
    .map(({ name }) => {
      const folder = join(modelsFolder, name);
      const [base = name] = name.split('.partial-');
      return {
        name: base.replace('--', '/'),
        folder,
        bytes: bytesOf(folder),
        isPartial: base !== name,
      };
    })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Removes a pulled model, complete or not. Returns the bytes that it took. */
export function removeModel(modelsFolder: string, name: string): number {
  const found = listModels(modelsFolder).filter((model) => model.name === name);
  if (found.length === 0) {
    throw new EngineError(`There is no model ${JSON.stringify(name)} in ${modelsFolder}`, {
      fix: 'Give a name that `graphblend models list` shows.',
    });
  }
  for (const { folder } of found) {
    const trash = `${folder}.old`;
    rmSync(trash, { recursive: true, force: true });
    renameSync(folder, trash); // a half-deleted folder must not look like a model
    rmSync(trash, { recursive: true });
  }
  return found.reduce((sum, { bytes }) => sum + bytes, 0);
}

function bytesOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}
