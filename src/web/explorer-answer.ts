import { element } from './dom.ts';
import { pathOfLink } from './graph-request.ts';
import { jsonPieces } from './json-text.ts';
import { explorer as words } from './strings.ts';

/** What came back of Graph, to be shown. */
export interface ShownAnswer {
  /** In a line: status, time, entries. */
  summary: string;
  view: HTMLElement;
  /** Of the next page. */
  next: string | undefined;
}

/** Characters of JSON that are shown at most. */
const longest = 60_000;

/** @param tookMs time from the question to the answer. */
export async function showAnswer(response: Response, tookMs: number): Promise<ShownAnswer> {
  const head = [`${response.status} ${response.statusText}`.trim(), words.took(tookMs)];
  const type = response.headers.get('content-type') ?? '';
  if (type.includes('json')) return showJson(await response.json(), head);
  const { size } = await response.blob();
  const view = size === 0 ? element('p', {}, words.empty) : fileView(response, type, size);
  return { summary: head.join(' · '), view, next: undefined };
}

function showJson(value: unknown, head: readonly string[]): ShownAnswer {
  const { value: entries, '@odata.nextLink': link } = value as Record<string, unknown>;
  const count = Array.isArray(entries) ? [words.entries(entries.length)] : [];
  return {
    summary: [...head, ...count].join(' · '),
    view: jsonView(JSON.stringify(value, undefined, 2)),
    next: pathOfLink(link, location.origin),
  };
}

function jsonView(json: string): HTMLElement {
  const pieces = jsonPieces(json.slice(0, longest)).map(({ kind, text }) =>
    kind === 'plain' ? text : element('span', { class: `json-${kind}` }, text),
  );
  const cut = json.length > longest ? `\n${words.cut(json.length - longest)}` : undefined;
  // It scrolls, so the keyboard must reach it.
  return element(
    'pre',
    { tabindex: 0, role: 'region', 'aria-label': words.answer },
    ...pieces,
    cut,
  );
}

function fileView({ url }: Response, type: string, bytes: number): HTMLElement {
  const link = element('a', { class: 'button', href: url, download: true }, words.download);
  return element('p', {}, words.file(type, bytes), ' ', link);
}
