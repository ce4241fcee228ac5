import type { StorageConnection } from '../../../src/lib/config/config.ts';
import { parseConnectionString } from '../../../src/lib/config/connection-string.ts';
import { type Check, failed, ok, type Subject, skipped, warning } from '../check.ts';
import { metadataUrl } from '../metadata-document.ts';

/** Milliseconds by which Entra lets a client assertion's times be off. */
const longestMs = 5 * 60_000;
const noticeableMs = 30_000;
const mend = 'Set the clock of this machine right, for example by NTP.';

/** Whether this machine's clock agrees with the identity provider's and with storage's. */
export const clock: Check = {
  name: 'clock',
  needs: [],
  mend,
  async run(subject) {
    const { authority, storage } = subject.config;
    const urls = [metadataUrl(authority, authority.tenant), storageUrl(storage)];
    const skews = (await Promise.all(urls.map((url) => skewOf(url, subject)))).flat();
    if (skews.length === 0) return skipped('neither Entra nor storage answers');
    const [worst = 0] = skews.sort((a, b) => Math.abs(b) - Math.abs(a));
    const size = `${Math.round(Math.abs(worst) / 1000)} s`;
    if (Math.abs(worst) < noticeableMs) return ok(`right to within ${size}`);
    const detail = `this machine’s clock is ${size} ${worst > 0 ? 'fast' : 'slow'}`;
    return Math.abs(worst) < longestMs ? warning(detail, mend) : failed(detail, mend);
  },
};

/**
 * By how many milliseconds the clock is fast against a server's; empty if that does not say.
 *
 * @see RFC 9110 section 6.6.1
 */
async function skewOf(url: string, { send, now }: Subject): Promise<number[]> {
  const before = now();
  const request = { method: 'GET', url, deadlineMs: 5_000, maxBytes: 1024 * 1024 } as const;
  const answer = await send(request).catch(() => undefined);
  const date = Date.parse(answer?.headers['date'] ?? '');
  if (Number.isNaN(date)) return [];
  const middle = (before + now()) / 2;
  // The header has no fractions.
  return [middle - (date + 500)];
}

/** The table service, which says the time also to who may see nothing. */
function storageUrl(storage: StorageConnection): string {
  if (storage.kind === 'identity') return new URL(storage.tableServiceUri).origin;
  return new URL(parseConnectionString(storage.connectionString).tableUrl).origin;
}
