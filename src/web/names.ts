/** Names of people, organisations and programs, from what is known of them. */
import { sessions as words } from './strings.ts';

/** One or two letters that stand for a person's photo. */
export function initialsOf({ name, username }: { name?: string; username?: string }): string {
  const words = (name ?? username ?? '?').split(/[\s.@_-]+/u).filter(Boolean);
  const [first = '?', last = ''] = words.length > 1 ? [words[0], words.at(-1)] : words;
  return [first, last]
    .map((word) => [...word][0] ?? '')
    .join('')
    .toUpperCase();
}

/** The organisation's domain, by which people know it: what follows the last `@`. */
export function domainOf(username: string | undefined): string | undefined {
  const at = username?.lastIndexOf('@') ?? -1;
  return at < 0 ? undefined : username?.slice(at + 1);
}

const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdg\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\//, 'Firefox'],
  [/Chrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^curl\//, 'curl'],
];

const systems: readonly (readonly [RegExp, string])[] = [
  [/iPhone|iPad/, 'iOS'],
  [/Android/, 'Android'],
  [/Windows/, 'Windows'],
  [/Mac OS X/, 'macOS'],
  [/Linux/, 'Linux'],
];

/** `Chrome on Linux`; what is not known by name, as it calls itself. */
export function clientName(userAgent: string | undefined): string | undefined {
  if (userAgent === undefined) return undefined;
  const nameIn = (names: typeof browsers) => names.find(([sign]) => sign.test(userAgent))?.[1];
  const [browser, system] = [nameIn(browsers), nameIn(systems)];
  if (!browser) return userAgent.slice(0, 60);
  return system ? words.clientOn(browser, system) : browser;
}
