/** KV files as objects of an S3-compatible store; conditional puts, so that the first writer wins. */
import {
  DeleteObjectsCommand,
  GetObjectCommand,
  NoSuchKey,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
} from '@aws-sdk/client-s3';
import type { S3Options, SharedTier } from './types.ts';

/** Objects that one request may delete. */
const MOST_DELETED = 1000;

export function openS3Tier(options: S3Options): SharedTier {
  const { bucket, endpoint, region, accessKeyId, secretAccessKey, prefix } = options;
  const client = new S3Client({
    region,
    ...(endpoint && { endpoint, forcePathStyle: true }),
    credentials: { accessKeyId, secretAccessKey },
    maxAttempts: 2,
    // Files carry their own checksums, and not every store knows these headers.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  });
  const place = (key: string): { Bucket: string; Key: string } => ({
    Bucket: bucket,
    Key: `${prefix ? `${prefix}/` : ''}${key.slice(0, 2)}/${key}.kv`,
  });
  return {
    kind: 's3',
    async get(key, abortSignal) {
      try {
        const { Body } = await client.send(new GetObjectCommand(place(key)), { abortSignal });
        return Body && Buffer.from(await Body.transformToByteArray());
      } catch (error) {
        if (error instanceof NoSuchKey || statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    async put(key, file, abortSignal) {
      const command = new PutObjectCommand({ ...place(key), Body: file, IfNoneMatch: '*' });
      try {
        await client.send(command, { abortSignal });
      } catch (error) {
        // Another writer was sooner: 412, or 409 while it is still writing.
        if (![409, 412].includes(statusOf(error) ?? 0)) throw error;
      }
    },
    async delete(keys, abortSignal) {
      for (let i = 0; i < keys.length; i += MOST_DELETED) {
        const Objects = keys.slice(i, i + MOST_DELETED).map((key) => ({ Key: place(key).Key }));
        const command = new DeleteObjectsCommand({
          Bucket: bucket,
          Delete: { Objects, Quiet: true },
        });
        await client.send(command, { abortSignal });
      }
    },
    async close() {
      client.destroy();
    },
  };
}

function statusOf(error: unknown): number | undefined {
  return error instanceof S3ServiceException ? error.$metadata.httpStatusCode : undefined;
}
