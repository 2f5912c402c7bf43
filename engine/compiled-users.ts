/**
 * Which checkpoint folders use which compiled models, so that a model that is removed takes its compiled files along, but not those that serve
 * another name, too. `users/<fingerprint>/<sha256 of the folder's path>` holds that path.
 */
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join, resolve } from 'node:path';

const usersName = 'users';

/** Notes that the checkpoint in `folder` was loaded as this compiled model. A cache that cannot be written serves all the same. */
export function noteUse(cacheDir: string, fingerprint: string, folder: string): void {
  const file = fileOf(cacheDir, fingerprint, folder);
  if (existsSync(file)) return;
  try {
    mkdirSync(join(cacheDir, usersName, fingerprint), { recursive: true });
    writeFileSync(file, resolve(folder));
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
  }
}

/**
 * Deletes the compiled models of the checkpoint in `folder` that no other checkpoint folder which still exists uses. A process that has them
 * open keeps them. Returns the bytes that became free.
 */
export function removeCompiled(cacheDir: string, folder: string): number {
  const users = join(cacheDir, usersName);
  if (!existsSync(users)) return 0;
  let freed = 0;
  for (const fingerprint of readdirSync(users)) {
    const file = fileOf(cacheDir, fingerprint, folder);
    if (!existsSync(file)) continue;
    rmSync(file);
    if (isUsed(join(users, fingerprint))) continue;
    rmSync(join(users, fingerprint), { recursive: true });
    freed += discardCompiled(cacheDir, fingerprint);
  }
  return freed;
}

function fileOf(cacheDir: string, fingerprint: string, folder: string): string {
  const name = createHash('sha256').update(resolve(folder)).digest('hex');
  return join(cacheDir, usersName, fingerprint, name);
}

function isUsed(folder: string): boolean {
  return readdirSync(folder).some((name) => existsSync(readFileSync(join(folder, name), 'utf8')));
}

/** Moved away first: a half-deleted folder must never stand under a fingerprint. */
function discardCompiled(cacheDir: string, fingerprint: string): number {
  const path = join(cacheDir, fingerprint);
  if (!existsSync(path)) return 0;
  const bytes = readdirSync(path).reduce((sum, name) => sum + statSync(join(path, name)).size, 0);
  const trash = join(cacheDir, `trash-${fingerprint}`);
  rmSync(trash, { recursive: true, force: true });
  renameSync(path, trash);
  rmSync(trash, { recursive: true });
  return bytes;
}
