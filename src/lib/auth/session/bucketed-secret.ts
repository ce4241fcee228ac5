import { createHash, randomBytes } from 'node:crypto';

/**
 * What its holder alone has, and what leads to its row: `BUCKET.ID`, where the bucket names the row's
 * partition and of the id, 256 random bits, only the SHA-256 is stored.
 */
export function newBucketedSecret(bucket: string): { secret: string; hash: string } {
  const id = randomBytes(32).toString('base64url');
  return { secret: `${bucket}.${id}`, hash: hashOf(id) };
}

/** @returns undefined for anything but such a secret, with a bucket of that form. */
export function parseBucketedSecret(
  secret: string | undefined,
  bucketForm: RegExp,
): { bucket: string; hash: string } | undefined {
  const [, bucket = '', id] = /^([^.]*)\.([\w-]{43})$/.exec(secret ?? '') ?? [];
  return id && bucketForm.test(bucket) ? { bucket, hash: hashOf(id) } : undefined;
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('hex');
}
