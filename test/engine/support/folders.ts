import { createHash } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fixture, temporaryFolder } from './fixtures.ts';

/** A copy of a fixture's checkpoint that a test may damage. */
export function copyOf(name: string): string {
  const folder = join(temporaryFolder(), name);
  cpSync(fixture(name), folder, { recursive: true, filter: (path) => !path.includes('golden') });
  return folder;
}

export function editJson(
  folder: string,
  file: string,
  edit: (json: Record<string, unknown>) => void,
): void {
  const path = join(folder, file);
  const json = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  edit(json);
  writeFileSync(path, JSON.stringify(json));
}

/** Writes SHA256SUMS for all files of a folder, as `sha256sum *` would. */
export function writeSums(folder: string): void {
  const lines = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(
      ({ name }) =>
        `${createHash('sha256')
          .update(readFileSync(join(folder, name)))
          .digest('hex')}  ${name}\n`,
    );
  writeFileSync(join(folder, 'SHA256SUMS'), lines.join(''));
}

/** One random damage of `bytes`: cut off, a flipped bit, overwritten, or longer. Never equal to the input. */
export function mutate(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length);
  const kind = Math.floor(random() * 4);
  if (kind === 0) return bytes.subarray(0, at);
  if (kind === 1) return Buffer.concat([bytes, Buffer.from([Math.floor(random() * 256)])]);
  const damaged = Buffer.from(bytes);
  damaged[at]! ^= kind === 2 ? 1 << Math.floor(random() * 8) : 0xff;
  return damaged;
}
