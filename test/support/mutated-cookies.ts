/** A Cookie header that differs from the one that the app has set. */
export interface MutatedCookie {
  kind: string;
  /** As bytes of Latin-1. */
  header: string;
  /** Whether the first cookie of the name still means what it did. */
  intact: boolean;
}

interface Origin {
  name: string;
  /** What is mutated: `YYYY-MM-DD.ID`. */
  value: string;
  /** Somebody else's. */
  other: string;
  random: Random;
}

/** @returns a whole number from 0 up to, and without, `below`. */
type Random = (below: number) => number;

const alphabet = 'ABCXYZabcxyz0189-_.';
const symbols = `${alphabet}!#$%&'()*+/:<>?@[\\]^\`{|}~,="`;
const maxLength = 12 * 1024;

const escapes = ['%', '%%', '%00', '%zz', '%u0000', '%c0%80', '%ff', '%0d%0a', '%2500', '%3b'];
const filters = [
  ...["' or PartitionKey ne '", "' or true or '", "') or (RowKey ge '", "''", "' and '1' eq '1"],
  ...['%27%20or%20PartitionKey%20ne%20%27', "%' or '%", '/../../', '?comp=acl&'],
];

/** Each makes a header of the cookie; those that give one that was there before are asked again. */
const mutations: Record<string, (origin: Origin) => string> = {
  'one character replaced': ({ name, value, random }) => `${name}=${flipped(value, random)}`,
  'one character left out': ({ name, value, random }) => {
    const at = random(value.length);
    return `${name}=${value.slice(0, at)}${value.slice(at + 1)}`;
  },
  'the end cut off': ({ name, value, random }) => `${name}=${value.slice(0, random(value.length))}`,
  'the start cut off': ({ name, value, random }) => `${name}=${value.slice(1 + random(50))}`,
  'something after': ({ name, value, random }) =>
    `${name}=${value}${text(alphabet, 1 + random(40), random)}`,
  'something before': ({ name, value, random }) =>
    `${name}=${text(alphabet, 1 + random(40), random)}${value}`,
  'too long': ({ name, value, random }) => {
    const filling = text(symbols, 1_000 + random(maxLength - 1_100), random);
    return `${name}=${random(2) ? value : ''}${filling}`;
  },
  'a wrong one first': ({ name, value, random }) =>
    `${name}=${flipped(value, random)}; ${name}=${value}`,
  'another name': ({ name, value, random }) => {
    const names = [name.toUpperCase(), `__Host-${name}`, `__Secure-${name}`, `%73${name.slice(1)}`];
    const more = `${name}${text(alphabet, 1 + random(8), random)}`;
    return `${names[random(8)] ?? more}=${value}`;
  },
  'an escape': (origin) => inserted(origin, pick(escapes, origin.random)),
  'bytes that are no UTF-8': (origin) => {
    const { random } = origin;
    const bytes = Array.from({ length: 1 + random(4) }, () => 0x80 + random(0x80));
    return inserted(origin, String.fromCharCode(...bytes));
  },
  'a tab': (origin) => inserted(origin, '\t'.repeat(1 + origin.random(3))),
  quotes: (origin) => inserted(origin, pick(['"', "'", '""', '\\"', '`', '%22'], origin.random)),
  'all in quotes': ({ name, value, random }) => `${name}="${value.slice(0, random(55))}"`,
  'a filter': (origin) => inserted(origin, pick(filters, origin.random)),
  'another day': ({ name, value, random }) => {
    const digits = (length: number) => text('0123456789', length, random);
    return `${name}=${digits(4)}-${digits(2)}-${digits(2)}${value.slice(10)}`;
  },
  'somebody else’s end': ({ name, value, other, random }) => {
    const at = 12 + random(40);
    return `${name}=${value.slice(0, at)}${other.slice(at)}`;
  },
};

/** The first cookie of the name is the person's own. */
const harmless: Record<string, (origin: Origin) => string> = {
  'a wrong one second': ({ name, value, random }) =>
    `${name}=${value}; ${name}=${flipped(value, random)}`,
  'others around it': ({ name, value, random }) =>
    `a=${text(alphabet, 1 + random(200), random)}; ${name}=${value}; b`,
  'one character in an escape': ({ name, value, random }) => {
    const at = random(value.length);
    const code = `%${value.charCodeAt(at).toString(16)}`;
    return `${name}=${value.slice(0, at)}${code}${value.slice(at + 1)}`;
  },
};

/** So many different headers, of all kinds in turn; the same ones for the same seed and cookies. */
export function mutatedCookies(
  cookie: Pick<Origin, 'name' | 'value' | 'other'>,
  { seed, count }: { seed: number; count: number },
): MutatedCookie[] {
  const origin = { ...cookie, random: seeded(seed) };
  const kinds = [
    ...Object.entries(mutations).map(([kind, mutate]) => ({ kind, mutate, intact: false })),
    ...Object.entries(harmless).map(([kind, mutate]) => ({ kind, mutate, intact: true })),
  ];
  const found = new Map<string, MutatedCookie>();
  const known = new Set([`${cookie.name}=${cookie.value}`, `${cookie.name}=${cookie.other}`]);
  for (let turn = 0; found.size < count; turn++) {
    for (const { kind, mutate, intact } of kinds) {
      const header = mutate(origin);
      if (found.size < count && !known.has(header)) {
        if (!found.has(header)) found.set(header, { kind, header, intact });
      }
    }
    if (turn > count) throw new Error(`there are only ${found.size} different ones`);
  }
  return [...found.values()];
}

function inserted({ name, value, random }: Origin, what: string): string {
  // Not at either end, where white space means nothing.
  const at = 1 + random(value.length - 1);
  return `${name}=${value.slice(0, at)}${what}${value.slice(at)}`;
}

/** With one character that is not the one that was there. */
function flipped(value: string, random: Random): string {
  const at = random(value.length);
  const others = [...symbols].filter((symbol) => symbol !== value[at]);
  return `${value.slice(0, at)}${pick(others, random)}${value.slice(at + 1)}`;
}

function text(characters: string, length: number, random: Random): string {
  return Array.from({ length }, () => pick([...characters], random)).join('');
}

function pick(choices: readonly string[], random: Random): string {
  return choices[random(choices.length)] ?? '';
}

/** Numbers that look random and are the same each time. @see Tommy Ettinger's mulberry32 */
function seeded(seed: number): Random {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}
