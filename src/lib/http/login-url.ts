/** The address at which a person signs in, and for what. */
export function loginUrl(
  publicBaseUrl: string,
  query: { scope?: string; claims?: string } = {},
): string {
  const url = new URL('/login', publicBaseUrl);
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  return url.href;
}
