import { isLoopback } from './loopback.ts';

/** A name of letters, digits, `-` and `_`, or an IP address, as `URL` writes them. */
const host = /^(?:\[[\d:a-f.]+\]|[a-z\d_-]+(?:\.[a-z\d_-]+)*)$/;

/**
 * The address of a server that we may call: https, or http on loopback, with a host that can exist
 * and an optional path. It has no credentials, query or fragment, because secrets belong in none of them.
 *
 * @returns undefined for any other text.
 */
export function parseAddress(text: string): URL | undefined {
  if (/\s/.test(text) || !URL.canParse(text)) return undefined;
  const url = new URL(text);
  const isPlain = url.href === `${url.origin}${url.pathname}` && host.test(url.hostname);
  const isPrivate = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(text));
  return isPlain && isPrivate ? url : undefined;
}

/** An address without a slash at its end. */
export function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '');
}
