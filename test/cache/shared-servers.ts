/** The real servers that `npm run servers` started, each with a place of its own for this process. */
import { randomUUID } from 'node:crypto';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { RedisOptions, S3Options } from '../../cache/shared/types.ts';

const { env } = process;
const place = randomUUID();

export const redisOptions: RedisOptions | undefined = env.GRAPHBLEND_TEST_REDIS_URL
  ? {
      kind: 'redis',
      url: env.GRAPHBLEND_TEST_REDIS_URL,
      prefix: `graphblend-test:${place}:`,
      ttlSeconds: undefined,
    }
  : undefined;

export const s3Options: S3Options | undefined = await s3();

async function s3(): Promise<S3Options | undefined> {
  const endpoint = env.GRAPHBLEND_TEST_S3_URL;
  if (!endpoint) return undefined;
  const options: S3Options = {
    kind: 's3',
    bucket: 'graphblend-test',
    endpoint,
    region: 'us-east-1',
    accessKeyId: env.GRAPHBLEND_TEST_S3_KEY!,
    secretAccessKey: env.GRAPHBLEND_TEST_S3_SECRET!,
    prefix: place,
  };
  const { accessKeyId, secretAccessKey } = options;
  const client = new S3Client({
    region: options.region,
    endpoint,
    forcePathStyle: true,
    credentials: { accessKeyId, secretAccessKey },
  });
  try {
    await client.send(new CreateBucketCommand({ Bucket: options.bucket }));
  } catch (error) {
    if (!/BucketAlready/.test((error as Error).name)) throw error;
  } finally {
    client.destroy();
  }
  return options;
}
