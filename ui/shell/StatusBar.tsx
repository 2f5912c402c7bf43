/** One line about the machine: which reader, how much is cached, what waits. */
import type { ReactNode } from 'react';
import type { Status } from '../../api/contract/index.ts';
import { useStatus } from '../client/status.ts';
import { formatBytes, formatCount, formatParameters, formatPercent } from '../parts/format.ts';

export function StatusBar() {
  const { data: status, error } = useStatus();
  return (
    <footer
      aria-label="Machine status"
      className="flex min-h-8 flex-wrap items-center gap-x-5 gap-y-0.5 border-t border-line bg-sunken px-4 py-1.5 text-xs text-muted lg:col-start-2"
    >
      {status && !error && <StatusItems status={status} />}
      {!status && !error && <span>Asking the server how it is…</span>}
      {error && (
        <span className="font-semibold text-danger">
          Server not reachable; trying again every 10 seconds
        </span>
      )}
    </footer>
  );
}

function StatusItems({ status }: { status: Status }) {
  const { reader, kv, queue } = status;
  const lookups = kv.hits + kv.misses;
  const busy = queue.waiting + queue.active + queue.delayed;
  return (
    <>
      <Item name="Reader">
        {reader.name}, {formatParameters(reader.parameters)} parameters
      </Item>
      <Item name="Chunk caches">
        {formatCount(kv.entries)}, {formatBytes(kv.disk_bytes)} on disk, {formatBytes(kv.ram_bytes)}{' '}
        in memory
      </Item>
      {lookups > 0 && <Item name="Cache hits">{formatPercent(kv.hits, lookups)}</Item>}
      <Item name="Queue">
        {busy === 0 ? 'idle' : `${queue.active} running, ${queue.waiting + queue.delayed} waiting`}
      </Item>
      {!kv.storing && (
        <span className="font-semibold text-warn">
          No room on the disk: answers go on, nothing new is cached
        </span>
      )}
      {!status.ready && <span className="font-semibold text-warn">Still getting ready</span>}
    </>
  );
}

function Item({ name, children }: { name: string; children: ReactNode }) {
  return (
    <span className="tabular-nums">
      <span className="mr-1.5">{name}</span>
      <span className="text-ink">{children}</span>
    </span>
  );
}
