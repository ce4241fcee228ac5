import { ask } from './api.ts';
import { announce, button, card, element } from './dom.ts';
import { showAnswer } from './explorer-answer.ts';
import { type Asked, explorerForm } from './explorer-form.ts';
import type { GraphRoute } from './graph-request.ts';
import { problemView } from './problem-view.ts';
import { explorer as words } from './strings.ts';

export interface ExplorerCardOptions {
  /** The list. */
  routes: readonly GraphRoute[];
  /** Scopes that the app may ask for. */
  scopes: readonly string[];
  /** Scopes that are granted. */
  held: () => readonly string[];
  failed: (error: unknown) => void;
}

/** Asks Graph for what is on the list, through this app, page by page. */
export function explorerCard({ routes, scopes, held, failed }: ExplorerCardOptions): HTMLElement {
  const form = explorerForm(routes, scopes, (asked) => void begin(asked));
  const line = element('p', { class: 'fine' });
  const view = element('div');
  const previous = button(words.previous, () => void turn(-1));
  const next = button(words.next, () => void turn(1));
  const pager = element('p', { class: 'row', hidden: true }, previous, next);
  /** What was asked for each page so far, and where of them we are. */
  let pages: Asked[] = [];
  let at = 0;
  let isBusy = false;

  async function begin(asked: Asked): Promise<void> {
    if (isBusy) return;
    pages = [asked];
    at = 0;
    await show();
  }

  async function turn(by: number): Promise<void> {
    if (isBusy || !pages[at + by]) return;
    at += by;
    await show();
  }

  async function show(): Promise<void> {
    const asked = pages[at];
    if (!asked) return;
    busy(true);
    const began = performance.now();
    try {
      const response = await ask(asked.path, asked.init);
      const answer = await showAnswer(response, Math.round(performance.now() - began));
      pages.length = at + 1;
      if (answer.next) pages.push({ path: answer.next, init: { method: 'GET' } });
      const page = pages.length > 1 ? ` · ${words.page(at + 1)}` : '';
      line.textContent = `${answer.summary}${page}`;
      view.replaceChildren(answer.view);
      announce(line.textContent);
    } catch (error) {
      line.textContent = '';
      view.replaceChildren(problemView(error, { again: () => void show(), held: held() }));
      failed(error);
    } finally {
      busy(false);
      turnable();
    }
  }

  /** Buttons stay where they are, so that the focus does. */
  function turnable(): void {
    pager.hidden = pages.length < 2;
    previous.setAttribute('aria-disabled', String(at === 0));
    next.setAttribute('aria-disabled', String(!pages[at + 1]));
  }

  function busy(now: boolean): void {
    isBusy = now;
    form.busy(now);
    view.setAttribute('aria-busy', String(now));
  }

  return card(
    'explorer',
    words.title,
    element('p', {}, words.what),
    ...[form.root, element('div', { class: 'row answer-head' }, line, pager), view],
  );
}
