import { frame, product } from '../../../web/strings.ts';
import { assets } from './assets.ts';

/** Markup, as opposed to text that has yet to be escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Content = string | Markup | readonly Markup[] | undefined;

/** Makes markup of a template; values are escaped unless they are markup. */
export function markup(parts: TemplateStringsArray, ...values: readonly Content[]): Markup {
  const rendered = parts.map((part, index) => part + render(values[index]));
  return new Markup(rendered.join(''));
}

function render(value: Content): string {
  if (value === undefined) return '';
  if (value instanceof Markup) return value.text;
  return typeof value === 'string' ? escapeText(value) : value.map(render).join('');
}

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
}

/** Data for the page's script, which reads it as text: no browser runs it. */
export function dataBlock(id: string, value: unknown): Markup {
  const json = new Markup(JSON.stringify(value).replaceAll('<', '\\u003c'));
  return markup`<script type="application/json" id="${id}">${json}</script>`;
}

/** A whole document. @param at path of the page, if it is one that the frame leads to. */
export function document(title: string, body: Markup, at?: '/' | '/status'): string {
  const link = (path: string, text: string) =>
    markup`<a href="${path}"${new Markup(path === at ? ' aria-current="page"' : '')}>${text}</a>`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="icon" href="${assets.icon.path}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.style.path}">
<script type="module" src="${assets.script.path}"></script>
</head>
<body>
<a class="skip" href="#main">${frame.skip}</a>
<header><div class="wide">
<a class="brand" href="/"><img src="${assets.icon.path}" alt="" width="28" height="28">${product}</a>
<nav aria-label="${product}">${link('/', frame.home)}${link('/status', frame.status)}</nav>
</div></header>
<main id="main" class="wide" tabindex="-1">${body}</main>
<p id="announcer" class="unseen" role="status"></p>
</body>
</html>
`.text;
}
