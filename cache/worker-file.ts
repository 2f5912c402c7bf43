/** Finds a worker's entry both in the build (.js) and when TypeScript is run directly (tests, benches). */
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

/** @param importMetaUrl `import.meta.url` of the caller; `path` is relative to it, without extension. */
export function workerFile(importMetaUrl: string, path: string): URL {
  if (!importMetaUrl.endsWith('.ts')) return new URL(`${path}.js`, importMetaUrl);
  return throughTsx(new URL(`${path}.ts`, importMetaUrl), importMetaUrl);
}

/** Node 20 does not hand `--import tsx` down to worker threads: the entry registers it by itself. */
function throughTsx(entry: URL, importMetaUrl: string): URL {
  const manifest = createRequire(importMetaUrl).resolve('tsx/package.json');
  const tsx = new URL('dist/esm/api/index.mjs', pathToFileURL(manifest));
  const code = `import { register } from '${tsx.href}'; register(); await import('${entry.href}');`;
  return new URL(`data:text/javascript,${encodeURIComponent(code)}`);
}

/** As `workerFile`, for `fork`: the module, its arguments, and what node is started with. */
export function childModule(importMetaUrl: string, path: string): ChildModule {
  if (!importMetaUrl.endsWith('.ts'))
    return { module: new URL(`${path}.js`, importMetaUrl), execArgv: [] };
  const tsx = import.meta.resolve('tsx');
  return { module: new URL(`${path}.ts`, importMetaUrl), execArgv: ['--import', tsx] };
}

export interface ChildModule {
  readonly module: URL;
  readonly execArgv: readonly string[];
}
