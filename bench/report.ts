/** What every report of a bench says about where it comes from. */
import { execFileSync } from 'node:child_process';
import { cpus } from 'node:os';

export interface ReportOrigin {
  readonly machine: string;
  readonly commit: string;
  readonly seed: number;
}

export function reportOrigin(seed: number): ReportOrigin {
  return { machine: `${cpus()[0]?.model} x ${cpus().length}`, commit: commit(), seed };
}

function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' });
    return git('describe', '--always', '--dirty', '--abbrev=40').trim();
  } catch {
    return 'unknown';
  }
}
