import { isIP } from 'node:net';

/**
 * Where Graph says that a file is, if it may be fetched from there: https, on a host with a name.
 * Graph on loopback, a stand-in, may name its own origin.
 *
 * @see https://learn.microsoft.com/graph/api/driveitem-get-content#response
 */
export function downloadUrl(location: string | undefined, graphOrigin: string): string | undefined {
  if (!location || !URL.canParse(location)) return undefined;
  const url = new URL(location);
  if (url.username || url.password) return undefined;
  if (url.origin === graphOrigin) return url.href;
  const isNamed = isIP(url.hostname.replace(/^\[|\]$/g, '')) === 0 && /\.[^.]+$/.test(url.hostname);
  return url.protocol === 'https:' && isNamed && url.port === '' ? url.href : undefined;
}
