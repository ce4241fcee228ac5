const entities = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&#39;'],
]);

/** Text for an element's content or a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities.get(character) ?? character);
}

/** A whole page around `main`, which is HTML. No scripts. */
export function page(title: string, main: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>
  :root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; }
  main { max-width: 26rem; margin: 4rem auto; padding: 0 1rem; }
  form { display: grid; gap: .5rem; }
  button, input { font: inherit; padding: .6rem .8rem; text-align: left; }
  small { display: block; }
  code { font-size: 1.5rem; letter-spacing: .1em; }
</style>
</head>
<body>
<main>
<h1>${escapeHtml(title)}</h1>
${main}
<p><small>This stands in for Microsoft Entra ID on this computer.</small></p>
</main>
</body>
</html>
`;
}
