/**
 * The path as the host's server sees it: percent-decoded once, but for `%2F`, then freed of dot
 * segments. Undefined for what it refuses.
 */
export function decodePath(raw: string): string | undefined {
  const decoded = raw.replaceAll(/(?:%[0-9a-f]{2})+/gi, decodeEscapes);
  if (decoded.includes('\0') || !decoded.startsWith('/')) return undefined;
  return removeDotSegments(decoded);
}

/** Runs that aren't UTF-8 stay as they are. */
function decodeEscapes(escapes: string): string {
  return escapes
    .split(/(%2f)/i)
    .map((part) => {
      if (/^%2f$/i.test(part)) return part;
      try {
        return decodeURIComponent(part);
      } catch {
        return part;
      }
    })
    .join('');
}

/** @see https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4 */
function removeDotSegments(path: string): string {
  const kept: string[] = [];
  const segments = path.split('/').slice(1);
  for (const [index, segment] of segments.entries()) {
    const isDots = segment === '.' || segment === '..';
    if (segment === '..') kept.pop();
    if (!isDots) kept.push(segment);
    else if (index === segments.length - 1) kept.push('');
  }
  return `/${kept.join('/')}`;
}

/** The path as the function gets it in `request.url`: escapes that are still there stay. */
export function encodePath(path: string): string {
  return path.replaceAll(/%(?![0-9a-f]{2})|[^\w!$&'()*+,\-./:;=@~%]+/gi, encodeURIComponent);
}
