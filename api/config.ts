/** Configuration: environment variables and command-line options, checked once at the start. */
import { availableParallelism, homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  KV_CODECS,
  LMCACHE_SEPARATOR,
  type KvCodecName,
  type SharedTierOptions,
} from '../cache/index.ts';
import { GraphblendError, pulledModel, WEIGHT_KINDS, type WeightKind } from '../engine/index.ts';
import type { Neo4jOptions } from '../graph/index.ts';
import { modelsFolder, type RemoteReaderOptions } from '../ingest/index.ts';
import { packageRoot } from './package-root.ts';

const MIB = 1024 * 1024;
const LOG_LEVELS = ['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace'] as const;
const GIB = 1024 * MIB;
/** While the engine embeds one document, the facts of another are read; more jobs than that only take memory. */
const DEFAULT_INGESTS = Math.min(2, availableParallelism());

export interface PlatformConfig {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** Whoever knows it may do everything; undefined only on a loopback address. */
  readonly apiKey: string | undefined;
  readonly redisUrl: string | undefined;
  /** Where the graph is kept instead of SQLite. */
  readonly neo4j: Neo4jOptions | undefined;
  /** A remote model that reads documents when it is asked to, instead of the bundled reader. */
  readonly remoteReader: RemoteReaderOptions | undefined;
  /** The same server answers questions too, from prompts laid out for LMCache's blending. */
  readonly remoteBlending: RemoteBlending | undefined;
  readonly readerFolder: string;
  readonly embedderFolder: string;
  /** A cross-encoder that has a say in the order of passages. */
  readonly rerankerFolder: string | undefined;
  readonly weights: WeightKind;
  readonly threads: number;
  readonly kvDiskBytes: number;
  readonly kvRamBytes: number;
  /** Memory for rows of earlier prompts. */
  readonly kvPromptBytes: number;
  /** How long what a conversation has read is kept for its next question, if there is room. */
  readonly conversationKeepMs: number;
  /** Whether chunks are stored behind others too, where that brings answers nearer to a full read. */
  readonly kvVariants: boolean;
  readonly kvCodec: KvCodecName;
  /** Share of blended answers compared with a full read, and the share of equal tokens to hold. */
  readonly shadowShare: number;
  readonly fidelity: number;
  /** A store for KV files that several servers share. */
  readonly sharedKv: SharedTierOptions | undefined;
  readonly maxUploadBytes: number;
  readonly parseTimeoutMs: number;
  readonly ingestConcurrency: number;
  /** Documents that come in from now on are found by their single sentences too; doubles the work of embedding. */
  readonly embedSentences: boolean;
  /** What of the graph is embedded too, for questions that write names otherwise than documents do. */
  readonly embedGraph: 'none' | 'names' | 'all';
  /** Fetching URLs from loopback and private networks. */
  readonly allowPrivateUrls: boolean;
  readonly logLevel: (typeof LOG_LEVELS)[number];
  /** Load the sample workspace into an empty home. */
  readonly sample: boolean;
}

export interface RemoteBlending {
  /** Tokenizer files of the model that the server runs. */
  readonly tokenizerFolder: string;
  /** `LMCACHE_BLEND_SPECIAL_STR` of the server. */
  readonly separator: string;
  /** `--max-model-len` of the server. */
  readonly maxPositions: number;
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
    home: homeFolder(env),
    host: env.HOST || '127.0.0.1',
    port: integer(env, 'PORT', 7420, 0, 65_535),
    apiKey: env.GRAPHBLEND_API_KEY || undefined,
    redisUrl: env.REDIS_URL || undefined,
    neo4j: neo4jOptions(env),
    remoteReader: remoteReader(env),
    remoteBlending: remoteBlending(env),
    readerFolder: modelFolder(env, 'GRAPHBLEND_READER') ?? join(packageRoot(), 'models', 'reader'),
    embedderFolder:
      modelFolder(env, 'GRAPHBLEND_EMBEDDER') ?? join(packageRoot(), 'models', 'embedder'),
    rerankerFolder: modelFolder(env, 'GRAPHBLEND_RERANKER'),
    weights: oneOf(env, 'GRAPHBLEND_WEIGHTS', WEIGHT_KINDS, 'fp32'),
    threads: integer(env, 'GRAPHBLEND_THREADS', 2, 1, 64),
    kvDiskBytes: integer(env, 'GRAPHBLEND_KV_DISK_MIB', 8 * 1024, 1, 1 << 30) * MIB,
    kvRamBytes: integer(env, 'GRAPHBLEND_KV_RAM_MIB', GIB / MIB / 2, 0, 1 << 30) * MIB,
    kvPromptBytes: integer(env, 'GRAPHBLEND_KV_PROMPTS_MIB', GIB / MIB / 4, 0, 1 << 30) * MIB,
    conversationKeepMs: integer(env, 'GRAPHBLEND_CONVERSATION_MINUTES', 15, 0, 10_080) * 60_000,
    kvVariants: oneOf(env, 'GRAPHBLEND_KV_VARIANTS', ['0', '1'], '0') === '1',
    kvCodec: oneOf(env, 'GRAPHBLEND_KV_CODEC', KV_CODECS, 'fp16'),
    shadowShare: integer(env, 'GRAPHBLEND_SHADOW_PERCENT', 2, 0, 100) / 100,
    fidelity: integer(env, 'GRAPHBLEND_FIDELITY_PERCENT', 95, 0, 100) / 100,
    sharedKv: sharedKv(env),
    maxUploadBytes: integer(env, 'GRAPHBLEND_MAX_UPLOAD_MIB', 50, 1, 2048) * MIB,
    parseTimeoutMs: integer(env, 'GRAPHBLEND_PARSE_TIMEOUT_MS', 30_000, 100, 3_600_000),
    ingestConcurrency: integer(env, 'GRAPHBLEND_INGEST_CONCURRENCY', DEFAULT_INGESTS, 1, 16),
    embedSentences: oneOf(env, 'GRAPHBLEND_EMBED_SENTENCES', ['0', '1'], '0') === '1',
    embedGraph: oneOf(env, 'GRAPHBLEND_EMBED_GRAPH', ['none', 'names', 'all'], 'none'),
    allowPrivateUrls: oneOf(env, 'GRAPHBLEND_ALLOW_PRIVATE_URLS', ['0', '1'], '0') === '1',
    logLevel: oneOf(env, 'GRAPHBLEND_LOG', LOG_LEVELS, 'warn'),
    sample: oneOf(env, 'GRAPHBLEND_SAMPLE', ['0', '1'], '1') === '1',
    ...overrides,
  };
  refuseOpenServer(config);
  return config;
}

const homeFolder = (env: Environment): string =>
  resolve(env.GRAPHBLEND_HOME || join(homedir(), '.graphblend'));

/** A checkpoint folder, or the name of a model that was pulled into the home. */
function modelFolder(env: Environment, name: string): string | undefined {
  const value = env[name];
  if (!value) return undefined;
  const pulled = pulledModel(modelsFolder(homeFolder(env)), value);
  return pulled ?? resolve(value);
}

const NEO4J_SCHEMES = new Set([
  'neo4j:',
  'neo4j+s:',
  'neo4j+ssc:',
  'bolt:',
  'bolt+s:',
  'bolt+ssc:',
]);

function neo4jOptions(env: Environment): Neo4jOptions | undefined {
  const url = env.NEO4J_URL;
  if (!url) return undefined;
  const protocol = URL.canParse(url) ? new URL(url).protocol : '';
  if (!NEO4J_SCHEMES.has(protocol)) {
    throw new ConfigError(
      `NEO4J_URL is ${JSON.stringify(url)}, expected an address that begins with neo4j:// or bolt://`,
      { fix: 'Set NEO4J_URL to, for example, neo4j://localhost:7687, or unset it to use SQLite.' },
    );
  }
  return {
    url,
    user: env.NEO4J_USER || 'neo4j',
    password: env.NEO4J_PASSWORD || '',
    database: env.NEO4J_DATABASE || undefined,
    namespace: env.NEO4J_NAMESPACE || undefined,
    indices: oneOf(env, 'NEO4J_INDICES', ['0', '1'], '0') === '1',
    databasePerWorkspace: oneOf(env, 'NEO4J_DATABASE_PER_WORKSPACE', ['0', '1'], '0') === '1',
  };
}

/** `OPENAI_BASE_URL`, `OPENAI_API_KEY`, `OPENAI_MODEL` and limits. */
function remoteReader(env: Environment): RemoteReaderOptions | undefined {
  const baseUrl = env.OPENAI_BASE_URL;
  if (!baseUrl) return undefined;
  if (!/^https?:$/.test(URL.canParse(baseUrl) ? new URL(baseUrl).protocol : '')) {
    throw new ConfigError(
      'OPENAI_BASE_URL is not an address that begins with http:// or https://',
      {
        fix: 'Set OPENAI_BASE_URL to, for example, https://api.openai.com/v1, or unset it.',
      },
    );
  }
  const limit = (name: string): number | undefined =>
    integer(env, name, 0, 0, 1 << 30) || undefined;
  const [input, output] = [price(env, 'OPENAI_PRICE_INPUT'), price(env, 'OPENAI_PRICE_OUTPUT')];
  return {
    baseUrl,
    apiKey: env.OPENAI_API_KEY || undefined,
    model: required(env, 'OPENAI_MODEL', 'OPENAI_BASE_URL is set'),
    timeoutMs: integer(env, 'OPENAI_TIMEOUT_MS', 60_000, 100, 3_600_000),
    concurrency: integer(env, 'OPENAI_CONCURRENCY', 4, 1, 256),
    requestsPerMinute: limit('OPENAI_REQUESTS_PER_MINUTE'),
    tokensPerMinute: limit('OPENAI_TOKENS_PER_MINUTE'),
    price: input === undefined || output === undefined ? undefined : { input, output },
  };
}

/** `GRAPHBLEND_REMOTE_LAYOUT` and what it needs; the server itself is that of `OPENAI_BASE_URL`. */
function remoteBlending(env: Environment): RemoteBlending | undefined {
  const layout = oneOf(env, 'GRAPHBLEND_REMOTE_LAYOUT', ['none', 'lmcache-blend'], 'none');
  if (layout === 'none') return undefined;
  const why = 'GRAPHBLEND_REMOTE_LAYOUT is lmcache-blend';
  required(env, 'OPENAI_BASE_URL', why);
  required(env, 'GRAPHBLEND_REMOTE_TOKENIZER', why);
  return {
    tokenizerFolder: modelFolder(env, 'GRAPHBLEND_REMOTE_TOKENIZER')!,
    separator: env.GRAPHBLEND_REMOTE_SEPARATOR || LMCACHE_SEPARATOR,
    maxPositions: integer(env, 'GRAPHBLEND_REMOTE_CONTEXT', 4096, 256, 1 << 24),
  };
}

/** US dollars per million tokens. */
function price(env: Environment, name: string): number | undefined {
  const text = env[name];
  if (!text) return undefined;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new ConfigError(
    `${name} is ${JSON.stringify(text)}, expected US dollars per million tokens`,
    {
      fix: `Set ${name} to a number such as 0.15, or unset it.`,
    },
  );
}

/** `S3_BUCKET` with `S3_*`, or `GRAPHBLEND_KV_REDIS_URL`. */
function sharedKv(env: Environment): SharedTierOptions | undefined {
  const bucket = env.S3_BUCKET;
  const redis = env.GRAPHBLEND_KV_REDIS_URL;
  if (bucket && redis) {
    throw new ConfigError('S3_BUCKET and GRAPHBLEND_KV_REDIS_URL are both set, expected one', {
      fix: 'Unset the one that should not hold the shared KV.',
    });
  }
  if (redis) {
    const days = integer(env, 'GRAPHBLEND_KV_REDIS_DAYS', 30, 0, 36_500);
    const ttlSeconds = days === 0 ? undefined : days * 86_400;
    return { kind: 'redis', url: redis, prefix: 'graphblend:kv:', ttlSeconds };
  }
  if (!bucket) return undefined;
  return {
    kind: 's3',
    bucket,
    endpoint: env.S3_ENDPOINT || undefined,
    region: env.S3_REGION || 'us-east-1',
    accessKeyId: required(env, 'S3_ACCESS_KEY_ID', 'S3_BUCKET is set'),
    secretAccessKey: required(env, 'S3_SECRET_ACCESS_KEY', 'S3_BUCKET is set'),
    prefix: (env.S3_PREFIX ?? 'graphblend').replaceAll(/^\/+|\/+$/g, ''),
  };
}

function required(env: Environment, name: string, why: string): string {
  const value = env[name];
  if (value) return value;
  throw new ConfigError(`${name} is not set, though ${why}`, { fix: `Set ${name}.` });
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
