/**
 * Names the process that holds a lease as `host:pid:process start time`, so that a lease whose process was
 * killed can be taken over at once. The start time tells a process from a later one with the same pid. The host
 * part holds the boot and the pid namespace too: two containers may share a host name but not their pids.
 */

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

function orEmpty(read: () => string): string {
  try {
    return read().trim();
  } catch {
    return '';
  }
}

function hostId(): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'));
  const pidNamespace = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256')
    .update(`${hostname()}\n${boot}\n${pidNamespace}`)
    .digest('hex')
    .slice(0, 16);
}

/** Start time from Linux's /proc; empty for a process that is gone or a zombie. */
function linuxStartTime(pid: number): string {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The command name may hold spaces and brackets: fields are counted from behind the last bracket.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state] = fields;
  return state === 'Z' || state === 'X' ? '' : (fields[19] ?? '');
}

/** The same from `ps` where there is no /proc (macOS). Colons would split the owner, so they are replaced. */
function psStartTime(pid: number): string {
  const line = orEmpty(() =>
    execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }),
  );
  return line.replaceAll(/[\s:]+/g, '-');
}

function startTime(pid: number): string {
  return process.platform === 'linux' ? linuxStartTime(pid) : psStartTime(pid);
}

let self: string | undefined;

/** This process as the owner of a lease. */
export function thisProcess(): string {
  self ??= `${hostId()}:${process.pid}:${startTime(process.pid)}`;
  return self;
}

/** True only when it is certain: the owner ran on this host and its process is gone. */
export function isDead(owner: string): boolean {
  const [host, pid, started] = owner.split(':');
  const [ownHost] = thisProcess().split(':');
  // Without a start time (no /proc, no ps) nothing is certain: such leases run out instead.
  if (host !== ownHost || !pid || !started) return false;
  return startTime(Number(pid)) !== started;
}
