/**
 * Whether an address is on this machine's loopback interface. Nobody else can read or answer what is
 * sent there, so it may be plain http.
 *
 * @see RFC 6761 section 6.3 for `localhost`
 */
export function isLoopback(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { hostname } = new URL(address);
  return (
    hostname === 'localhost' ||
    hostname.endsWith('.localhost') ||
    hostname === '[::1]' ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}
