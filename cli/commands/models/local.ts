/** `graphblend models list` and `rm`. */
import { listModels, purposeOf, removeModel } from '../../../engine/index.ts';
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
  const freed = removeModel(places().models, name);
  print(`${name}: ${bytes(freed)} freed`);
  return 0;
}
