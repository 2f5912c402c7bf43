/** `graphblend models list` and `rm`. */
import { listModels, purposeOf, removeCompiled, removeModel } from '../../../engine/index.ts';
import { bytes, print, printJson, table } from '../../terminal.ts';
import { places } from './places.ts';

export function list({ json }: { readonly json?: boolean }): number {
  const { models } = places();
  const found = listModels(models).map((model) => ({ ...model, kind: kindOf(model) }));
  if (json) {
    printJson({ folder: models, models: found });
    return 0;
  }
  if (found.length === 0) {
    print(`No models in ${models}. Fetch one: graphblend models pull <owner/name>`);
    return 0;
  }
  const rows = found.map(({ name, kind, bytes: size, folder }) => [
    name,
    kind,
    bytes(size),
    folder,
  ]);
  print(table([['name', 'kind', 'size', 'folder'], ...rows]));
  return 0;
}

function kindOf({ folder, isPartial }: { folder: string; isPartial: boolean }): string {
  if (isPartial) return 'in part (pull it again)';
  try {
    const { purpose, type } = purposeOf(folder);
    return `${purpose} (${type})`;
  } catch {
    return 'unreadable';
  }
}

export function remove(name: string): number {
  const { models, cache } = places();
  const folders = listModels(models).filter((model) => model.name === name);
  const freed = removeModel(models, name);
  const compiled = folders.reduce((sum, { folder }) => sum + removeCompiled(cache, folder), 0);
  print(`${name}: ${bytes(freed + compiled)} freed, ${bytes(compiled)} of them compiled files`);
  return 0;
}
