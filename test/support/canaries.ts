import type { RecordedPart } from './recorded-answers.ts';

/** Where a kind of secret may be, as the parts of answers are named. */
export type Exceptions = Readonly<Record<string, string>>;

/** Secrets by their kinds, to be looked for where none may be. */
export interface Canaries {
  /** Takes note of a secret. What is empty, or too short to be looked for, is none. */
  add(kind: string, secret: string | undefined): void;
  /** How many there are of each kind. */
  counts(): Record<string, number>;
  /** Each kind of secret that is in a place, `KIND in PLACE`. */
  leaks(places: readonly RecordedPart[]): string[];
}

const shortest = 9;

export function createCanaries(): Canaries {
  const kinds = new Map<string, string>();
  return {
    add(kind, secret = '') {
      if (secret.length < shortest) return;
      kinds.set(secret, kind);
      // Whoever writes a part of it has written it.
      const [, part = ''] = /^[\dT-]+\.([\w-]{43})$/.exec(secret) ?? [];
      if (part) kinds.set(part, kind);
      const signature = secret.startsWith('eyJ') ? secret.split('.').at(-1) : '';
      if (signature && signature.length > shortest) kinds.set(signature, kind);
    },
    counts() {
      const counts: Record<string, number> = {};
      for (const kind of kinds.values()) counts[kind] = (counts[kind] ?? 0) + 1;
      return counts;
    },
    leaks(places) {
      const found = new Set<string>();
      for (const [secret, kind] of kinds) {
        for (const spelling of spellingsOf(secret)) {
          for (const { where, text } of places) {
            if (text.includes(spelling)) found.add(`${kind} in ${where}`);
          }
        }
      }
      return [...found].sort();
    },
  };
}

/** As it is, in a URL, and in what encodes bytes. */
function spellingsOf(secret: string): Set<string> {
  const bytes = Buffer.from(secret);
  // What follows a secret changes the last characters of its base64.
  const base64 = (encoding: 'base64' | 'base64url') =>
    bytes.subarray(0, bytes.length - (bytes.length % 3)).toString(encoding);
  return new Set([
    ...[secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)],
    ...[base64('base64'), base64('base64url'), bytes.toString('hex')],
  ]);
}
