/** Configuration: environment variables and command-line options, checked once at the start. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { GraphblendError } from '../engine/index.ts';
import type { WeightKind } from '../engine/index.ts';
import { packageRoot } from './package-root.ts';

const MIB = 1024 * 1024;
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const GIB = 1024 * MIB;

export interface PlatformConfig {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** Whoever knows it may do everything; undefined only on a loopback address. */
  readonly apiKey: string | undefined;
  readonly redisUrl: string | undefined;
  readonly readerFolder: string;
  readonly embedderFolder: string;
  readonly weights: WeightKind;
  readonly threads: number;
  readonly kvDiskBytes: number;
  readonly kvRamBytes: number;
  readonly maxUploadBytes: number;
  readonly parseTimeoutMs: number;
  readonly ingestConcurrency: number;
  /** Fetching URLs from loopback and private networks. */
  readonly allowPrivateUrls: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Load the sample workspace into an empty home. */
  readonly sample: boolean;
}

export class ConfigError extends GraphblendError {
  override name = 'ConfigError';
  readonly code = 'invalid_configuration';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Throws ConfigError that names the variable, what was expected and what came. */
export function readConfig(
  env: Environment,
  overrides: Partial<PlatformConfig> = {},
): PlatformConfig {
  const config: PlatformConfig = {
    home: resolve(env.GRAPHBLEND_HOME || join(homedir(), '.graphblend')),
    host: env.HOST || '127.0.0.1',
    port: integer(env, 'PORT', 7420, 0, 65_535),
    apiKey: env.GRAPHBLEND_API_KEY || undefined,
    redisUrl: env.REDIS_URL || undefined,
    readerFolder: resolve(env.GRAPHBLEND_READER || join(packageRoot(), 'models', 'reader')),
    embedderFolder: resolve(env.GRAPHBLEND_EMBEDDER || join(packageRoot(), 'models', 'embedder')),
    weights: oneOf(env, 'GRAPHBLEND_WEIGHTS', ['fp32', 'int8-row'], 'fp32'),
    threads: integer(env, 'GRAPHBLEND_THREADS', 2, 1, 64),
    kvDiskBytes: integer(env, 'GRAPHBLEND_KV_DISK_MIB', 8 * 1024, 1, 1 << 30) * MIB,
    kvRamBytes: integer(env, 'GRAPHBLEND_KV_RAM_MIB', GIB / MIB / 2, 0, 1 << 30) * MIB,
    maxUploadBytes: integer(env, 'GRAPHBLEND_MAX_UPLOAD_MIB', 50, 1, 2048) * MIB,
    parseTimeoutMs: integer(env, 'GRAPHBLEND_PARSE_TIMEOUT_MS', 30_000, 100, 3_600_000),
    ingestConcurrency: integer(env, 'GRAPHBLEND_INGEST_CONCURRENCY', 1, 1, 16),
    allowPrivateUrls: oneOf(env, 'GRAPHBLEND_ALLOW_PRIVATE_URLS', ['0', '1'], '0') === '1',
    logLevel: oneOf(env, 'GRAPHBLEND_LOG', LOG_LEVELS, 'warn'),
    sample: oneOf(env, 'GRAPHBLEND_SAMPLE', ['0', '1'], '1') === '1',
    ...overrides,
  };
  refuseOpenServer(config);
  return config;
}

function refuseOpenServer({ host, apiKey }: PlatformConfig): void {
  if (isLoopback(host)) return;
  if (!apiKey) {
    throw new ConfigError(
      `HOST is ${host}, which other machines can reach, but GRAPHBLEND_API_KEY is not set`,
      {
        fix: 'Set GRAPHBLEND_API_KEY to a secret of at least 16 characters, or leave HOST at 127.0.0.1.',
      },
    );
  }
  if (apiKey.length < 16) {
    throw new ConfigError(
      `GRAPHBLEND_API_KEY has ${apiKey.length} characters, expected at least 16`,
      {
        fix: 'Choose a longer secret, for example with: openssl rand -hex 24',
      },
    );
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function integer(
  env: Environment,
  name: string,
  fallback: number,
  low: number,
  high: number,
): number {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const value = Number(text);
  if (Number.isInteger(value) && value >= low && value <= high) return value;
  throw new ConfigError(
    `${name} is ${JSON.stringify(text)}, expected a whole number from ${low} to ${high}`,
    {
      fix: `Correct ${name}, or unset it for the default of ${fallback}.`,
    },
  );
}

function oneOf<const T extends string>(
  env: Environment,
  name: string,
  allowed: readonly T[],
  fallback: NoInfer<T>,
): T {
  const text = env[name];
  if (text === undefined || text === '') return fallback;
  const match = allowed.find((value) => value === text);
  if (match) return match;
  throw new ConfigError(
    `${name} is ${JSON.stringify(text)}, expected one of: ${allowed.join(', ')}`,
    {
      fix: `Correct ${name}, or unset it for the default of ${fallback}.`,
    },
  );
}
