import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

/** Pages that tell somebody what to type. */
export const pages = ['', 'docs', 'examples', 'infra'].flatMap((folder) =>
  readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);

/** A fenced block of a page. */
export interface Fence {
  page: string;
  /** Empty: a shell's. */
  language: string;
  text: string;
}

// A block in a list is indented.
const fence = /^ *```(\S*)\n(.*?)^ *```$/gms;
/** What begins a command in a sentence; its arguments follow. */
const inline =
  /`((?:[A-Z_]+=\S+ )*(?:npm|npx|node|sh|bash|curl|openssl|azd?|func|cp|git|docker|export)\s[^`]+)`/g;

const textOf = (page: string) => readFileSync(join(root, page), 'utf8');

export const fences: readonly Fence[] = pages.flatMap((page) =>
  [...textOf(page).matchAll(fence)].map(([, language = '', text = '']) => ({
    ...{ page, language, text },
  })),
);

/** Lines of a shell's block, without comments; a line that ends in a backslash goes on. */
function linesOf({ text }: Fence): string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.replace(/(?:^|\s+)#\s.*$/, '').trim())
    .filter(Boolean);
}

/** Options that a sentence about `npm run simulate` gives without it. */
export const simulateOptions: readonly string[] = [
  ...textOf('docs/scale.md').matchAll(/`(--(?:users|days|tenants)\s[^`]+)`/g),
].map(([, options = '']) => options.replaceAll(/\s+/g, ' '));

/** Every command of every page, in a block or in a sentence, as it stands there. */
export const documentedCommands: readonly string[] = [
  ...new Set([
    ...fences.filter(({ language }) => language === '').flatMap(linesOf),
    ...pages.flatMap((page) =>
      [
        ...textOf(page)
          .replaceAll(/^ *```.*$/gm, '')
          .matchAll(inline),
      ].map(([, command = '']) => command.replaceAll(/\s+/g, ' ')),
    ),
  ]),
];
