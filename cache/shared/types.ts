/** KV files in a store that several servers share. */

/**
 * Port of a shared tier. Keys are HMACs under a workspace's secret salt, so that nobody can look up what another
 * workspace has stored. What comes back is checked by the caller: a store may hold anything.
 */
export interface SharedTier {
  readonly kind: 's3' | 'redis';
  /** The file under a key; undefined for a miss. Throws what the network throws. */
  get(key: string, signal: AbortSignal): Promise<Buffer | undefined>;
  /** Stores a file unless there is one under the key. */
  put(key: string, file: Uint8Array, signal: AbortSignal): Promise<void>;
  delete(keys: readonly string[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export type SharedTierOptions = S3Options | RedisOptions;

export interface S3Options {
  readonly kind: 's3';
  readonly bucket: string;
  /** Undefined for AWS itself. */
  readonly endpoint: string | undefined;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** In front of every key, without slashes at its ends. */
  readonly prefix: string;
}

export interface RedisOptions {
  readonly kind: 'redis';
  readonly url: string;
  /** In front of every key. */
  readonly prefix: string;
  /** Seconds until an entry that nobody asks for goes; undefined for never. */
  readonly ttlSeconds: number | undefined;
}
