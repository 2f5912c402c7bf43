/**
 * The shared tier as the engine's thread uses it: reads race a clock, writes wait in a bounded queue behind the answer,
 * and after a failure it is left alone for a while. Nothing depends on it: without it, chunks are computed.
 */
import type { KvFault } from '../engine-options.ts';
import type { SharedTier } from './types.ts';

export interface SharedFilesOptions {
  readonly tier: SharedTier;
  readonly onFault?: (fault: KvFault) => void;
  /** Milliseconds of any clock. */
  readonly now?: () => number;
}

export interface SharedStats {
  readonly kind: SharedTier['kind'];
  readonly hits: number;
  readonly misses: number;
  readonly failures: number;
  /** Bytes a second of recent reads; undefined before the first. */
  readonly bytesPerSecond: number | undefined;
}

/** After a failure the store gets so long to recover. */
const RETRY_AFTER_MS = 15_000;
const READ_TIMEOUT_MS = 5000;
const WRITE_TIMEOUT_MS = 30_000;
/** Files that wait for their upload; what comes beyond is not uploaded now, but when it is next computed. */
const MOST_WAITING_BYTES = 256 << 20;
/** Weight of the latest read in the running speed. */
const NEWEST = 0.3;

export class SharedFiles {
  readonly #options: SharedFilesOptions;
  readonly #now: () => number;
  #failedAt = Number.NEGATIVE_INFINITY;
  #waitingBytes = 0;
  #writes: Promise<void> = Promise.resolve();
  #hits = 0;
  #misses = 0;
  #failures = 0;
  /** Milliseconds of a read: fixed part, and per byte. */
  #latencyMs: number | undefined;
  #msPerByte: number | undefined;

  constructor(options: SharedFilesOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  get isUp(): boolean {
    return this.#now() - this.#failedAt >= RETRY_AFTER_MS;
  }

  /** What reading so many bytes takes, by what reads took; undefined before the first. */
  expectedMs(bytes: number): number | undefined {
    if (this.#latencyMs === undefined || this.#msPerByte === undefined) return undefined;
    return this.#latencyMs + bytes * this.#msPerByte;
  }

  /** Undefined for a miss, and for whatever goes wrong. */
  async get(key: string): Promise<Buffer | undefined> {
    if (!this.isUp) return undefined;
    const began = this.#now();
    try {
      const file = await this.#options.tier.get(key, AbortSignal.timeout(READ_TIMEOUT_MS));
      this.#learn(this.#now() - began, file?.length ?? 0);
      if (file) this.#hits++;
      else this.#misses++;
      return file;
    } catch (error) {
      this.#fail('shared_read_failed', key, error);
      return undefined;
    }
  }

  /** Returns at once; the file is written behind what is waiting already. */
  put(key: string, file: Uint8Array): void {
    if (!this.isUp || this.#waitingBytes + file.byteLength > MOST_WAITING_BYTES) return;
    this.#waitingBytes += file.byteLength;
    this.#enqueue(key, 'shared_write_failed', async () => {
      this.#waitingBytes -= file.byteLength;
      await this.#options.tier.put(key, file, AbortSignal.timeout(WRITE_TIMEOUT_MS));
    });
  }

  delete(keys: readonly string[]): void {
    if (keys.length === 0) return;
    this.#enqueue(keys[0]!, 'shared_write_failed', () =>
      this.#options.tier.delete(keys, AbortSignal.timeout(WRITE_TIMEOUT_MS)),
    );
  }

  /** All that was put before is written, or has failed. */
  flushed(): Promise<void> {
    return this.#writes;
  }

  stats(): SharedStats {
    const msPerByte = this.#msPerByte;
    return {
      kind: this.#options.tier.kind,
      hits: this.#hits,
      misses: this.#misses,
      failures: this.#failures,
      bytesPerSecond: msPerByte === undefined ? undefined : 1000 / Math.max(msPerByte, 1e-9),
    };
  }

  async close(): Promise<void> {
    await this.#writes;
    await this.#options.tier.close();
  }

  #enqueue(key: string, kind: KvFault['kind'], write: () => Promise<void>): void {
    this.#writes = this.#writes.then(async () => {
      try {
        await write();
      } catch (error) {
        this.#fail(kind, key, error);
      }
    });
  }

  #fail(kind: KvFault['kind'], key: string, error: unknown): void {
    this.#failures++;
    this.#failedAt = this.#now();
    this.#options.onFault?.({ kind, key, reason: String(error) });
  }

  /** A miss tells the latency; what a hit takes beyond it is its bytes'. */
  #learn(ms: number, bytes: number): void {
    if (bytes === 0) {
      this.#latencyMs = mixed(this.#latencyMs, ms);
      return;
    }
    const latency = (this.#latencyMs ??= ms / 2);
    this.#msPerByte = mixed(this.#msPerByte, Math.max(0, ms - latency) / bytes);
  }
}

function mixed(known: number | undefined, newest: number): number {
  return known === undefined ? newest : (1 - NEWEST) * known + NEWEST * newest;
}
