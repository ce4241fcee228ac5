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

/** A whole document. */
export function document(title: string, body: Markup): string {
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<link rel="stylesheet" href="/page.css">
<script src="/page.js" defer></script>
</head>
<body><main>${body}</main></body>
</html>
`.text;
}
