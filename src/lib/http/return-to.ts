import { AppError } from '../errors.ts';

const maxLength = 1024;
/** Stands for our own origin; a local path can't lead away from it. */
const base = 'https://self.invalid';

/**
 * A local path to go to after sign-in, as a browser would understand it.
 *
 * A parser decides, not a pattern: what resolves to our own origin, also after percent-decoding it
 * once and twice, is local.
 *
 * @throws AppError `invalid_request` for everything else.
 * @see RFC 9700 section 4.11
 */
export function parseReturnTo(value: string | undefined): string {
  if (value === undefined) return '/';
  const url = value.length <= maxLength ? resolveLocal(value) : undefined;
  // What is asked for, and what goes out: a browser takes dot segments away in between.
  if (!url || ![pathOf(value), url.pathname].flatMap(decodings).every(isLocalPath)) {
    throw new AppError('invalid_request', {
      detail: 'returnTo must be a path on this site, such as /inbox?page=2.',
    });
  }
  return `${url.pathname}${url.search}${url.hash}`;
}

function resolveLocal(text: string): URL | undefined {
  // Browsers drop control characters and take a backslash for a slash.
  if (!text.startsWith('/') || hasControlOrBackslash(text) || !URL.canParse(text, base)) {
    return undefined;
  }
  const url = new URL(text, base);
  const doubled = text.startsWith('//') || url.pathname.startsWith('//');
  return url.origin === base && !doubled ? url : undefined;
}

function hasControlOrBackslash(text: string): boolean {
  return [...text].some((character) => {
    const code = character.codePointAt(0) ?? 0;
    return code < 0x20 || code === 0x5c || (code >= 0x7f && code < 0xa0);
  });
}

/** A path that a server has decoded: in it `?` and `#` end nothing any more. */
function isLocalPath(path: string): boolean {
  const escaped = path.replaceAll('?', '%3F').replaceAll('#', '%23');
  return resolveLocal(escaped) !== undefined;
}

/** Decoded once and twice. Only the path matters: a query may hold any text. */
function decodings(path: string): string[] {
  const once = decode(path);
  return [once, decode(once)];
}

/** As a server does that minds no mistakes: what is no escape stays, and no byte is left out. */
function decode(text: string): string {
  const bytes = Buffer.from(text).toString('latin1');
  const decoded = bytes.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(decoded, 'latin1').toString('utf8');
}

function pathOf(text: string): string {
  return text.split(/[?#]/, 1)[0] ?? '';
}
