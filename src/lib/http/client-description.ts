import { isIP } from 'node:net';
import type { ClientDescription } from '../auth/session/ports.ts';

/**
 * Who a request comes from, as the host's front end saw it: it adds the address to whatever
 * `X-Forwarded-For` came, so the last one counts. Behind a proxy of one's own it is the proxy's.
 */
export function describeClient(header: (name: string) => string | undefined): ClientDescription {
  const seen = header('x-forwarded-for')?.split(',').at(-1)?.trim() ?? '';
  const userAgent = header('user-agent') ?? '';
  return {
    address: parseAddress(seen),
    userAgent: /^[\x20-\x7e]+$/.test(userAgent) ? userAgent.slice(0, 256) : undefined,
  };
}

/** With or without a port, which after an IPv6 address stands behind brackets. */
function parseAddress(text: string): string | undefined {
  const [, v6, v4] = /^(?:\[(.+)\](?::\d+)?|([\d.]+):\d+)$/.exec(text) ?? [];
  const address = (v6 ?? v4 ?? text).replace(/^::ffff:(?=\d+\.)/i, '');
  // Without the zone of a link-local address, which is not one of the network's.
  return isIP(address) && !address.includes('%') ? address : undefined;
}
